"""Law as data (config/procedures) and the engine that computes with it.

`law` reads the rules, `engine` turns one into dates, `milestones` applies them to a proceeding, `stages` says where a
proceeding stands and what the bidder does next, `regimes` which law it is under. All pure, beside reading files.
"""
