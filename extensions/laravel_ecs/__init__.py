"""How answers become a deployment.

``plan`` is the door: flat answers in, one `Plan` out. Everything here is pure: no network, no
clock, no state. Copier loads an old and a new copy of this package into one process when it
updates a project, so modules import each other relatively and never by an absolute name.
"""
