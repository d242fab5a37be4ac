"""What is wrong with a student's numbers: the catalogue of mistakes, checks, probes and audits. Knows no HTTP."""
