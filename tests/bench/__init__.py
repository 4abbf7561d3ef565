"""Speed, memory and completeness against peers, measured in one run: `make bench`, or `python -m tests.bench --help`.

workloads   what is asked
inputs      the files that the tools read, made once
truth       the answer, by brute force
one         one tool at one workload, in a process of its own
ours, *_peer  how each tool is asked
compare     found windows against the truth
run_whole   `sim run` as a whole, and where its time goes
report      the tables
"""
