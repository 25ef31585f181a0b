# The checks and chores of this repository. `./install.sh dev` sets up what they need.

bin := .venv/bin
compile := $(bin)/uv --quiet pip compile --universal --python-version 3.11 --generate-hashes --no-header

.DEFAULT_GOAL := check
.PHONY: check test fmt lock docs types pictures recording bench

check: $(bin)/ruff  ## everything a change must pass before its tests run
	$(bin)/ruff check .
	$(bin)/ruff format --check .
	$(bin)/mypy
	$(bin)/lint-imports --no-logo
	$(bin)/shellcheck install.sh .ci/run

test:  ## all tests
	./install.sh test

fmt: $(bin)/ruff  ## put the code into its one form
	$(bin)/ruff check --fix .
	$(bin)/ruff format .

lock: $(bin)/uv  ## lock the newest versions that pyproject.toml allows
	$(compile) --upgrade --group build pyproject.toml -o requirements/runtime.lock
	$(compile) --upgrade --group dev -c requirements/runtime.lock pyproject.toml -o requirements/dev.lock
	$(compile) --upgrade --group bootstrap -c requirements/dev.lock -o requirements/bootstrap.lock
	$(compile) --upgrade --group node -o requirements/node.lock

docs: $(bin)/ruff  ## write the pages that are made from the code
	$(bin)/python -m ops.docs

types: $(bin)/ruff  ## write what the page knows of our messages
	$(bin)/python -m ops.typescript

pictures: $(bin)/ruff  ## take the pictures of the documentation anew
	$(bin)/python -m tests.web.ui.pictures

recording: $(bin)/ruff  ## play the conversation of the documentation anew
	$(bin)/python -m tests.docs.recorded

bench: $(bin)/ruff  ## measure, each number as a ratio to its floor
	$(bin)/python -m bench

$(bin)/ruff $(bin)/uv:
	./install.sh dev
