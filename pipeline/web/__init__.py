"""The review page: server-rendered Flask, works without JavaScript."""
