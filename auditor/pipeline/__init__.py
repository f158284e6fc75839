"""Joins the rooms: rules, what to read, facts, judgement, report."""
