"""Growth: how much a counted thing will grow over the next days, given what was seen so far.

Belongs here: observations of counts, features, the trained model, its training, backtest and the
score from 0 to 100. Nothing is imported here, so that any single module stays cheap.
"""
