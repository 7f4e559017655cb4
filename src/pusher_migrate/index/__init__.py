"""Facts about a whole program, found by static analysis and on demand.

The folders build on each other in this order: code, flow, types, values, calls, instances,
transactions, sending, writes, coverage. `build` puts what the rules ask into one value.
"""
