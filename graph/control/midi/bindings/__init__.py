"""A map at work: faders, buttons and transport bound to a console, for every port."""
