"""The local page: a clip, its plate and its masks in the browser, to look at, tune and correct."""
