"""A RECORDED DAY, served as the sources would: the demonstration, the test bed, the load of benchmarks."""
