# Everything is done by dev.py, which works without make as well. Pass arguments on with ARGS="…".
.DEFAULT_GOAL := help
.PHONY: help run test check bench chaos fuzz pictures docs lock

help: ## print this
	@awk -F ':.*## ' '/^[a-z]+:.*## / { printf "  make %-8s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

run: ## serve Portside with a demo user on the embedded Amazon
	@python3 dev.py run $(ARGS)

test: ## run the tests (ARGS="-k tokens")
	@python3 dev.py test $(ARGS)

check: ## look at style, types, architecture, migrations, documentation and lock files
	@python3 dev.py check $(ARGS)

bench: ## measure speed
	@python3 dev.py bench $(ARGS)

chaos: ## kill and fault what 200 sellers are synced with, and compare all of it in the end
	@python3 dev.py chaos $(ARGS)

fuzz: ## send the API thousands of odd requests, as each kind of user
	@python3 dev.py fuzz $(ARGS)

pictures: ## take the documentation's pictures of the page anew
	@python3 dev.py pictures $(ARGS)

docs: ## write docs/reference anew from the code
	@python3 dev.py docs $(ARGS)

lock: ## bring the lock files in line with setup.cfg (ARGS=--upgrade)
	@python3 dev.py lock $(ARGS)
