"""The sandbox: a local platform that speaks YouTube's protocol, with an audience it makes up.

Belongs here: the server side of the protocol, its pages for people, faults on request, and the
simulated audience. Everything it says about an audience is marked as simulated. Never imports
dagster, resources or assets: publishing reaches it by HTTP like any platform.
"""
