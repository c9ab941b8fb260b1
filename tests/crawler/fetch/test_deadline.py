"""One timer for many exchanges ends only the one that takes too long."""

import asyncio

import pytest

from crawler.fetch.deadline import Deadline


def test_what_ends_in_time_is_left_alone_and_the_next_has_its_whole_time() -> None:
    async def exchanges() -> int:
        deadline, done = Deadline(), 0
        for _ in range(4):  # twice as long together as one may take
            async with deadline.of(0.2):
                await asyncio.sleep(0.1)
                done += 1
        deadline.close()
        return done

    assert asyncio.run(exchanges()) == 4


def test_what_takes_too_long_ends_also_where_an_earlier_timer_runs_on() -> None:
    async def exchanges() -> None:
        deadline = Deadline()
        async with deadline.of(60):
            pass
        with pytest.raises(TimeoutError):
            async with deadline.of(0.01):
                await asyncio.sleep(60)
        async with deadline.of(60):
            await asyncio.sleep(0)
        deadline.close()

    asyncio.run(asyncio.wait_for(exchanges(), 10))


def test_who_else_cancels_the_task_gets_his_way() -> None:
    async def main() -> None:
        deadline = Deadline()

        async def exchange() -> None:
            async with deadline.of(60):
                await asyncio.sleep(60)

        task = asyncio.create_task(exchange())
        await asyncio.sleep(0)
        assert deadline.is_taken
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
        assert not deadline.is_taken
        deadline.close()

    asyncio.run(main())


def test_an_error_of_the_exchange_stays_what_it_was() -> None:
    async def main() -> None:
        deadline = Deadline()
        with pytest.raises(ValueError, match="torn"):
            async with deadline.of(60):
                raise ValueError("torn")
        deadline.close()

    asyncio.run(main())
