"""The core of nasgauge: vocabulary, search spaces, algorithms, runner, live training, results, statistics, command."""
