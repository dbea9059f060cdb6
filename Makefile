# smtpd. `make help` lists the targets; V=1 shows the commands.
SHELL := /bin/bash
.DEFAULT_GOAL := all
.DELETE_ON_ERROR:

CXX ?= g++
ifeq ($(origin CXX),default)
CXX := g++
endif
FLAVOUR ?= release
BUILD := build
ifneq ($(FLAVOUR),release)
BUILD := build/$(FLAVOUR)
endif
Q := $(if $(V),,@)
say = $(if $(V),,@printf '  %-8s %s\n' '$(1)' '$(2)';)

WARNINGS := -Wall -Wextra -Wpedantic -Wshadow -Wconversion -Wsign-conversion -Wold-style-cast -Wnon-virtual-dtor \
  -Woverloaded-virtual -Wsuggest-override -Wformat=2 -Wlogical-op -Wduplicated-cond -Werror
HARDENING := -D_FORTIFY_SOURCE=2 -D_GLIBCXX_ASSERTIONS -fstack-protector-strong -fstack-clash-protection -fcf-protection
COMMON := -std=c++23 -O2 -g1 -fvisibility=hidden -I.
LINK_STATIC_CXX := -static-libstdc++ -static-libgcc -Wl,--exclude-libs,ALL
LINK := -Wl,-z,relro,-z,now -Wl,--as-needed -Wl,--gc-sections -Wl,-z,pack-relative-relocs

ifeq ($(FLAVOUR),asan)
SANITIZE := -fsanitize=address,undefined -fno-sanitize-recover=all -fno-omit-frame-pointer
HARDENING := -D_GLIBCXX_ASSERTIONS
LINK_STATIC_CXX :=
LINK := -Wl,--as-needed
endif

CXXFLAGS_ALL = $(COMMON) $(SANITIZE) $(HARDENING) $(WARNINGS) -ffunction-sections -fdata-sections $(CXXFLAGS)
BINARY := $(if $(filter release,$(FLAVOUR)),smtpd,$(BUILD)/smtpd)

LIB := $(filter-out lib/options/%,$(shell find lib -name '*.cpp' | sort))
PLUGINS := $(shell find plugins -name '*.cpp' | sort)
SERVER_OBJECTS := $(LIB:%.cpp=$(BUILD)/%.o) $(PLUGINS:%.cpp=$(BUILD)/%.o)
MODULES := $(BUILD)/modules/smtpd-options.so
UNIT := $(shell find tests -name '*_test.cpp' | sort)
TEST_SUPPORT := $(filter-out %_test.cpp,$(wildcard tests/support/*.cpp))
TEST_PLUGINS := $(wildcard tests/modules/*.cpp)
TEST_MODULES := $(TEST_PLUGINS:tests/modules/%.cpp=$(BUILD)/test-modules/%.so)

.PHONY: all deps run test test-unit test-in-process test-black-box asan lint bench static clean help

all: $(BINARY) $(MODULES)

help:
	@echo 'make            builds ./smtpd and build/modules'
	@echo 'make deps       installs the Debian packages that building and testing need (as root)'
	@echo 'make run        builds and serves config/ on 127.0.0.1:2525'
	@echo 'make test       unit tests and transcripts, in process and against the binary'
	@echo 'make asan       the same under AddressSanitizer and UndefinedBehaviorSanitizer'
	@echo 'make lint       style, includes, completeness of tests and documents, clang-tidy'
	@echo 'make bench      measures against a floor program, as ratios'
	@echo 'make clean'

# ---- the server -----------------------------------------------------------------------------------------------------

$(BUILD)/%.o: %.cpp
	@mkdir -p $(@D)
	$(call say,CXX,$<)$(CXX) $(CXXFLAGS_ALL) -fPIE -MMD -MP -c $< -o $@

# Only what is marked SMTPD_API is visible to modules; the list keeps what libstdc++ marks by itself out of the table.
$(BINARY): $(SERVER_OBJECTS) $(BUILD)/smtpd.o lib/exports.list
	$(call say,LINK,$@)$(CXX) $(CXXFLAGS_ALL) -pie $(LINK) $(LINK_STATIC_CXX) -Wl,--dynamic-list=lib/exports.list \
	  $(SERVER_OBJECTS) $(BUILD)/smtpd.o -o $@

$(BUILD)/modules/smtpd-options.so: lib/options/options.cpp
	@mkdir -p $(@D)
	$(call say,MODULE,$@)$(CXX) $(CXXFLAGS_ALL) -fPIC -shared $(LINK) $(LINK_STATIC_CXX) -MMD -MP -MF $@.d $< -o $@ \
	  -lboost_program_options

$(BUILD)/test-modules/%.so: tests/modules/%.cpp
	@mkdir -p $(@D)
	$(call say,MODULE,$@)$(CXX) $(CXXFLAGS_ALL) -fPIC -shared $(LINK) $(LINK_STATIC_CXX) -MMD -MP -MF $@.d $< -o $@

clean:
	rm -rf build smtpd

-include $(shell find build -name '*.d' 2>/dev/null)
