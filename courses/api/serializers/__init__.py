"""Shapes of requests and answers, by noun. The rules are the validators' and services'."""
