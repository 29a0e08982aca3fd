.PHONY: demo test check docs bench soak sanitize threads wheels arm integrations clean

PYTHON ?= python3
VENV = .venv
BIN = $(VENV)/bin
BUILT = $(VENV)/built
TOOLS = $(VENV)/tools
SPHINX = $(VENV)/sphinx
PEERS = .bench/peers
GROUP = dev
RUN = build/bench-$(shell uname -n)-$(shell date +%Y%m%dT%H%M%S).json
SOURCES = $(shell find native) $(shell find src -type d -not -name __pycache__) CMakeLists.txt pyproject.toml

demo: $(BUILT)
	@echo "make: the command is $(BIN)/stillplate; \". $(BIN)/activate\" puts it on the PATH of this shell"
	@echo "make: a synthetic street through the whole job, into demo/: about half a minute"
	@$(BIN)/stillplate demo -o demo --overwrite

# a worker to a core; a file's tests stay together, since they share the fixtures of their module
test: $(TOOLS)
	$(BIN)/python -m pytest -n auto --dist loadfile

check: $(TOOLS)
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/clang-format --dry-run --Werror $$(find native -name '*.?pp')
	$(BIN)/mypy
	$(BIN)/mypy --platform win32 --cache-dir .mypy_cache/win32 -p stillplate -p stillplate_command
	$(BIN)/lint-imports --no-cache

# the site, into build/docs; a warning is an error
docs: $(SPHINX)
	$(BIN)/sphinx-build -q -W --keep-going -d build/doctrees docs build/docs
	@echo "make: open build/docs/index.html in a browser"

soak: $(TOOLS)
	$(BIN)/python -m pytest soak

# the kernels with AddressSanitizer and UndefinedBehaviorSanitizer, under their own tests and odd arrays (Linux, GCC)
sanitize:
	CXXFLAGS="-fsanitize=address,undefined -fno-sanitize-recover=undefined -fno-omit-frame-pointer -g" \
	  SKBUILD_BUILD_DIR=build/sanitized $(MAKE) VENV=.sanitized .sanitized/tools
	LD_PRELOAD="$$($${CXX:-g++} -print-file-name=libasan.so) $$($${CXX:-g++} -print-file-name=libubsan.so)" ASAN_OPTIONS=detect_leaks=0 \
	  .sanitized/bin/python -m pytest soak/test_native.py tests/kernels

# the same with ThreadSanitizer, and whole renders, whose kernels many threads call at once
threads:
	CXXFLAGS="-fsanitize=thread -fno-omit-frame-pointer -g" \
	  SKBUILD_BUILD_DIR=build/threads $(MAKE) VENV=.threads .threads/tools
	LD_PRELOAD="$$($${CXX:-g++} -print-file-name=libtsan.so)" \
	  TSAN_OPTIONS="suppressions=$(CURDIR)/soak/threads.supp exitcode=66" \
	  .threads/bin/python -m pytest soak/test_native.py tests/kernels \
	  tests/rendering/test_render.py tests/rendering/test_render_camera.py

# the sdist and the wheels, each in a clean environment without a compiler (Linux)
wheels:
	.ci/wheels

# the native core for 64-bit ARM, under an emulator (Debian, x86-64)
arm: $(TOOLS)
	.ci/arm

# the plug-ins for other programs, in these (integrations/README.md); some gigabytes
integrations:
	$(MAKE) VENV=.integrations .integrations/built
	.integrations/bin/python -m pip install --quiet --disable-pip-version-check \
	  --editable 'integrations/napari-stillplate[napari]' --group integrations
	QT_QPA_PLATFORM=offscreen .integrations/bin/python -m pytest -W default integrations/tests
	.integrations/bin/python integrations/libraries/write.py build/labels
	for library in datumaro label-studio sleap-io trackeval scenes; do $(PYTHON) -m venv .integrations/$$library && \
	  .integrations/$$library/bin/python -m pip install --quiet --disable-pip-version-check --upgrade pip && \
	  .integrations/$$library/bin/python -m pip install --quiet --disable-pip-version-check --group $$library && \
	  LABELS=build/labels .integrations/$$library/bin/python -m pytest -W default \
	    integrations/libraries/test_$$(echo $$library | tr - _).py || exit 1; done

# make bench DATA=folder of sequences VIDEO=clip
bench: $(TOOLS) $(if $(DATA),$(PEERS))
	$(BIN)/python -m benchmarks $(if $(DATA),plates $(DATA)/plates,synthetic)
	$(if $(DATA),.bench/bin/python -m benchmarks masks $(DATA)/masks)
	$(if $(DATA),$(BIN)/python -m benchmarks moving $(DATA)/moving)
	$(if $(VIDEO),$(BIN)/python -m benchmarks speed $(VIDEO) --json $(RUN))

# a second environment, whose OpenCV has more subtractors to compare with; its wheel cannot lie beside the usual one
$(PEERS): $(SOURCES)
	$(MAKE) VENV=.bench .bench/tools
	@echo "make: opencv-contrib-python-headless, into .bench"
	@.bench/bin/python -m pip uninstall --quiet --yes opencv-python-headless
	@.bench/bin/python -m pip install --quiet --disable-pip-version-check --force-reinstall --no-deps --group bench
	@touch $(PEERS)

$(BUILT): $(SOURCES)
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || \
	  { echo "stillplate needs Python 3.11 or newer: make PYTHON=python3.12, say"; exit 1; }
	@command -v $${CXX:-c++} >/dev/null || command -v g++ >/dev/null || \
	  { echo "stillplate needs a C++ compiler: install g++ (Debian: apt install g++; Fedora: dnf install gcc-c++; macOS: xcode-select --install)"; exit 1; }
	@echo "make: 1 of 2: a virtual environment in $(VENV), of $$($(PYTHON) -V): some seconds"
	@$(PYTHON) -m venv $(VENV)
	@$(BIN)/python -m pip install --quiet --upgrade pip
	@echo "make: 2 of 2: numpy, OpenCV, PyAV, and the kernels compiled from C++: one to three minutes"
	@seconds=0; (while sleep 1 && kill -0 $$$$; do \
	  seconds=$$((seconds + 1)); [ $$((seconds % 15)) != 0 ] || echo "make: 2 of 2: $$seconds s"; done) 2>/dev/null & \
	clock=$$!; since=$$(date +%s); $(BIN)/python -m pip install --disable-pip-version-check --editable .; status=$$?; \
	kill $$clock; [ $$status != 0 ] || echo "make: built in $$(($$(date +%s) - since)) s"; exit $$status
	@$(BIN)/python -m compileall -q src  # else the first run would, which makes the folders newer than what was built
	@touch $(BUILT)

$(TOOLS): $(BUILT)
	@echo "make: the developers' tools (pyproject.toml, group $(GROUP)): half a minute"
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --group $(GROUP)
	@touch $(TOOLS)

$(SPHINX): $(BUILT)
	@echo "make: what the documentation is made with (pyproject.toml, group docs): half a minute"
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --group docs
	@touch $(SPHINX)

clean:
	rm -rf $(VENV) .bench .integrations .newest .sanitized .threads build demo dist docs/reference/generated docs/symptoms/generated
