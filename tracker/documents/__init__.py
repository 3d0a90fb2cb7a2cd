"""Tender documents of a project: files read in a child process, what they require, what changed, what to question."""
