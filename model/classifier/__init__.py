"""scikit-learn pipeline: features, estimator, calibration, explanation, artefact."""
