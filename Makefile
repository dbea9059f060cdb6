# smtpd. `make help` lists the targets; V=1 shows the commands.
SHELL := /bin/bash
.DEFAULT_GOAL := all
.DELETE_ON_ERROR:

CXX ?= g++
ifeq ($(origin CXX),default)
CXX := g++
endif
# Each flavour has its own objects, and so has clang.
FLAVOUR ?= release
CLANG := $(findstring clang,$(CXX))
BUILD := build$(CLANG:%=/%)$(patsubst %,/%,$(filter-out release,$(FLAVOUR)))
Q := $(if $(V),,@)
say = $(if $(V),,@printf '  %-8s %s\n' '$(1)' '$(if $(filter CXX,$(1)),$(progress) )$(2)';)
# [3/175] before what is compiled. Make expands one recipe after the other, whatever -j is; how many there will be is asked when the first is.
progress = $(eval COMPILED += x)[$(words $(COMPILED))/$(TO_COMPILE)]
TO_COMPILE = $(eval TO_COMPILE := $(shell $(MAKE) -n MAKE=: TO_COMPILE=0 $(MAKEOVERRIDES) $(MAKECMDGOALS) 2>/dev/null | grep -c "'CXX'"))$(TO_COMPILE)
all_cores = $(if $(filter -j%,$(MAKEFLAGS)),,-j$(shell nproc))

WARNINGS := -Wall -Wextra -Wpedantic -Wshadow -Wconversion -Wsign-conversion -Wold-style-cast -Wnon-virtual-dtor \
  -Woverloaded-virtual -Wsuggest-override -Wformat=2 -Wlogical-op -Wduplicated-cond -Werror
HARDENING := -D_FORTIFY_SOURCE=2 -D_GLIBCXX_ASSERTIONS -fstack-protector-strong -fstack-clash-protection
HARDENING += $(if $(filter x86_64% i%86%,$(shell $(CXX) -dumpmachine)),-fcf-protection)
# Where the binary looks for its modules, from the directory that it is in.
MODULE_DIRECTORY := $(if $(filter build,$(BUILD)),/build/modules,/modules)
# Compiled in two thirds of the time, and the tests run hardly longer.
OPTIMISE = $(if $(filter asan fuzz,$(FLAVOUR)),-O1,-O2)
COMMON = -std=c++23 $(OPTIMISE) -g1 -fvisibility=hidden -I. -DSMTPD_MODULE_DIRECTORY='"$(MODULE_DIRECTORY)"'
# There are no threads, and the guards would be sought in libc at each start.
COMMON += -fno-threadsafe-statics
# All functions are bound at the start anyway, so a table to jump through is one more step for each call.
COMMON += -fno-plt
# A shared libstdc++ costs as much at a start as all the rest.
LINK_STATIC_CXX := -static-libstdc++ -static-libgcc -Wl,--exclude-libs,ALL
LINK := -Wl,-z,relro,-z,now -Wl,--as-needed -Wl,--gc-sections
# Fewer segments to map.
LINK += -Wl,-z,noseparate-code

ifeq ($(FLAVOUR),asan)
SANITIZE := -fsanitize=address,undefined -fno-sanitize-recover=all -fno-omit-frame-pointer
HARDENING := -D_GLIBCXX_ASSERTIONS
# g++ 12 takes what the sanitizers insert for reads; without them it warns as everywhere.
WARNINGS += -Wno-maybe-uninitialized
LINK_STATIC_CXX :=
LINK := -Wl,--as-needed
endif

# With the engine and the flags of the environment, as oss-fuzz gives them, or libFuzzer's own.
ifeq ($(FLAVOUR),fuzz)
FUZZ_CXX ?= clang++-19
FUZZ_SANITIZE ?= -fsanitize=fuzzer-no-link,address,undefined -fno-sanitize-recover=all -fno-omit-frame-pointer
FUZZ_ENGINE ?= -fsanitize=fuzzer
CXX := $(FUZZ_CXX)
CLANG := clang
SANITIZE := $(FUZZ_SANITIZE)
HARDENING := -D_GLIBCXX_ASSERTIONS
LINK_STATIC_CXX :=
LINK := -Wl,--as-needed
endif

ifdef CLANG
# The functions of modules are C++; only their names are C, to be found.
WARNINGS := $(filter-out -Wlogical-op -Wduplicated-cond,$(WARNINGS)) -Wno-return-type-c-linkage
endif

# One file that needs no other: without dlopen, and what is a module elsewhere is linked in.
STATIC := $(filter static,$(FLAVOUR))
COMMON += $(if $(STATIC),-DSMTPD_STATIC)

CXXFLAGS_ALL = $(COMMON) $(SANITIZE) $(HARDENING) $(WARNINGS) -ffunction-sections -fdata-sections $(CXXFLAGS)
# Named as archives: the binary's only shared library is the C library.
LIBRARIES := -l:libcdb.a
# PLAIN=1 links the same objects without lib/startup/.
BINARY := $(if $(filter build,$(BUILD)),,$(BUILD)/)smtpd$(if $(PLAIN),-plain)

# What a session hardly ever needs: modules, which static binaries have in themselves.
OPTIONS := lib/modules/boost_options.cpp
ADMIN := $(sort $(wildcard lib/admin/*.cpp))
ADMIN_OBJECTS := $(ADMIN:%.cpp=$(BUILD)/%.o) $(BUILD)/pages.o
# What names OpenSSL. CRYPTO=static links OpenSSL itself into the module.
CRYPTO ?= shared
CRYPTO_SOURCES := $(sort $(wildcard lib/modules/openssl/*.cpp))
LIBRARIES_CRYPTO := $(if $(filter static,$(CRYPTO) $(STATIC)),-l:libssl.a -l:libcrypto.a,-lssl -lcrypto)
# What names libcrypt.
CRYPT := lib/modules/libcrypt.cpp
LMDB := lib/modules/lmdb.cpp
IDN := lib/modules/idn2.cpp
PCRE2 := lib/modules/pcre2.cpp
# What names c-ares.
DNS := lib/modules/cares.cpp
PSL := lib/modules/psl.cpp
# What only makes a start cheaper: of the binary alone.
STARTUP := $(wildcard lib/startup/*.cpp)
LIB := $(filter-out lib/modules/% lib/startup/% $(ADMIN),$(shell find lib -name '*.cpp' | sort))
# Plugins that need a library of their own: modules, which static binaries do without.
PLUGIN_MODULES := auth/auth_ldap_bind auth/auth_vpopmail_sql
PLUGIN_MODULE_SOURCES := $(PLUGIN_MODULES:%=plugins/%.cpp)
PLUGINS := $(filter-out $(PLUGIN_MODULE_SOURCES),$(shell find plugins -name '*.cpp' | sort))
SERVER_OBJECTS := $(LIB:%.cpp=$(BUILD)/%.o) $(PLUGINS:%.cpp=$(BUILD)/%.o)
ifdef STATIC
SERVER_OBJECTS += $(BUILD)/options.o $(BUILD)/openssl.o $(patsubst %.cpp,$(BUILD)/%.o,$(LMDB) $(CRYPT) $(IDN) $(PCRE2) $(PSL)) $(BUILD)/cares.o $(ADMIN_OBJECTS)
LIBRARIES += -l:libpcre2-8.a -l:liblmdb.a -l:libcrypt.a -l:libpsl.a -l:libidn2.a -l:libunistring.a
MODULES :=
else
MODULES := $(patsubst %,$(BUILD)/modules/smtpd-%.so,options admin crypto crypt dns lmdb pcre2 psl idn) $(PLUGIN_MODULES:%=$(BUILD)/modules/%.so)
endif
# smtpd-log, a program of its own.
LOG_TOOL := $(if $(filter build,$(BUILD)),,$(BUILD)/)smtpd-log
LOG_TOOL_SOURCES := $(wildcard tools/log/*.cpp)
LOG_TOOL_OBJECTS := $(LOG_TOOL_SOURCES:%.cpp=$(BUILD)/%.o)
UNIT := $(shell find tests -name '*_test.cpp' | sort)
TEST_SUPPORT := $(filter-out %_test.cpp,$(wildcard tests/support/*.cpp))
TEST_PLUGINS := $(shell find tests/modules -name '*.cpp' | sort)
TEST_MODULES := $(TEST_PLUGINS:tests/modules/%.cpp=$(BUILD)/test-modules/%.so)

.PHONY: all deps deps-all run test test-programs check-all test-log test-unit test-in-process test-black-box test-plain test-command-line test-launchers test-tls test-dns test-simulated test-plugins test-auth test-kills test-crash test-bounds \
  test-static test-static-binary test-static-roots test-static-transcripts static asan lint lint-all check-clang check-arm64 bench order man install uninstall dist deb test-package test-first-domain clean help

all: $(BINARY) $(MODULES) $(LOG_TOOL)

help:
	@echo 'make            builds ./smtpd and build/modules'
	@echo 'make run        serves config/ on 127.0.0.1:2525'
	@echo 'make test       unit tests, transcripts in process and against the binary, launchers, TLS, the DNS and others'
	@echo '                Both install the packages that they need if root runs them, and build.'
	@echo 'make deps       installs the Debian packages that any target here needs (as root); deps-all is the same'
	@echo 'make lint       style, includes, completeness of tests and documents, clang-tidy for what differs from LINT_BASE (HEAD^)'
	@echo 'make check-all  everything: also sanitizers, kills and failing calls, the static binary, fuzzing, all checks of clang-tidy (an hour and more)'
	@echo 'make test-crash the server killed at each system call, each call failing, full disks'
	@echo 'make asan       make test under AddressSanitizer and UndefinedBehaviorSanitizer'
	@echo 'make PLAIN=1    smtpd-plain: without lib/startup/; test-plain: the transcripts against it'
	@echo 'make static     build/static/smtpd: one file, nothing to load; test-static: the transcripts against it'
	@echo 'make fuzz       FUZZ_SECONDS=30 (for each target), under both sanitizers'
	@echo 'make check-clang, check-arm64   the server by clang++-19 (build/clang/smtpd); whether the sources compile for arm64'
	@echo 'make bench      measures against a floor program, as ratios'
	@echo 'make bench-tls  the same for TLS, beside Exim and Postfix if root runs it'
	@echo 'make install    below PREFIX ($(PREFIX)), configuration in /etc/smtpd, DESTDIR in front of all; make uninstall takes it away'
	@echo 'make dist       a tarball; make deb: Debian packages beside the tree; test-package builds and tries them'
	@echo 'make clean'

# ---- the server -----------------------------------------------------------------------------------------------------

# A class's type information is relocated at every start, and nobody asks for it.
ifndef SANITIZE
$(patsubst %.cpp,$(BUILD)/%.o,$(LIB) $(STARTUP) $(PLUGINS) smtpd.cpp): RTTI := -fno-rtti
endif
$(BUILD)/%.o: %.cpp
	@mkdir -p $(@D)
	$(call say,CXX,$<)$(CXX) $(CXXFLAGS_ALL) $(RTTI) -fPIE -MMD -MP -c $< -o $@
# Only the sources that say how a module is found are compiled in another way for the static binary; it takes the other objects as they are.
ifdef STATIC
OF_STATIC := $(shell grep -rlE 'SMTPD_(STATIC|MODULE_)' --include='*.cpp' lib plugins smtpd.cpp tools)
$(patsubst %.cpp,$(BUILD)/%.o,$(filter-out $(OF_STATIC),$(LIB) $(STARTUP) $(PLUGINS) $(ADMIN) $(LOG_TOOL_SOURCES) smtpd.cpp)): $(BUILD)/%.o: build/%.o
	@mkdir -p $(@D)
	$(Q)ln -f $< $@
endif

# Boost's objects and ours that uses them. Their constructors make the standard streams and locales, two fifths of a short session's
# instructions: they run when the command line is parsed (lib/server/options.cpp), which most sessions do not need.
$(BUILD)/options.o: $(OPTIONS:%.cpp=$(BUILD)/%.o)
	$(call say,LD,$@)$(LD) -r $^ $$($(CXX) -print-file-name=libboost_program_options.a) -o $@ && \
	  objcopy --rename-section .init_array=smtpd_options_init $@

# OpenSSL and c-ares in the static binary. What they would call to load engines and to look names up, which nothing here asks of them and
# which a static binary cannot do, answers that there is nothing.
$(BUILD)/openssl.o: $(CRYPTO_SOURCES:%.cpp=$(BUILD)/%.o) lib/modules/openssl/unused.list
$(BUILD)/openssl.o: ARCHIVES := libssl.a libcrypto.a
$(BUILD)/cares.o: $(DNS:%.cpp=$(BUILD)/%.o) lib/modules/cares_unused.list
$(BUILD)/cares.o: ARCHIVES := libcares.a
$(BUILD)/openssl.o $(BUILD)/cares.o:
	$(call say,LD,$@)sed 's/.*/void *&(void) { return 0; }/' $(filter %.list,$^) | gcc -O2 -fPIE -fno-builtin -w -x c -c - -o $@.unused && \
	  $(LD) -r $(filter %.o,$^) $@.unused $(foreach name,$(ARCHIVES),$$(gcc -print-file-name=$(name))) -o $@ && \
	  objcopy --localize-symbols=$(filter %.list,$^) $@

# Only what is marked SMTPD_API is visible to modules; the list keeps what libstdc++ marks by itself out of the table.
ifdef STATIC
# A function that would load a library at run time (getpwnam, getaddrinfo, dlopen) is a warning of the linker.
LINK_BINARY := -static -no-pie $(LINK) -Wl,--fatal-warnings
else
LINK_BINARY := -pie $(LINK) $(LINK_STATIC_CXX) -Wl,--dynamic-list=lib/exports.list
endif
ifeq ($(SANITIZE)$(PLAIN),)
ORDER := $(wildcard lib/startup/order.ld)
LINK_BINARY += $(ORDER:%=-Wl,-T,%)
$(BINARY): $(STARTUP:%.cpp=$(BUILD)/%.o) $(ORDER)
endif
LINK_SERVER = $(CXX) $(CXXFLAGS_ALL) $(LINK_BINARY)
# What the linker has written piece by piece lies so in the page cache, and each start pays for it until the file is read anew; a
# copy is written in one go.
$(BINARY): $(SERVER_OBJECTS) $(BUILD)/smtpd.o lib/exports.list
	$(call say,LINK,$@)$(LINK_SERVER) $(filter %.o,$^) -o $@.linked $(LIBRARIES) && install $@.linked $@ && rm $@.linked

# Boost's library brings the shared libstdc++, and two of them in one module do not understand each other's exceptions.
$(BUILD)/modules/smtpd-options.so: lib/modules/boost_options.cpp
	@mkdir -p $(@D)
	$(call say,MODULE,$@)$(CXX) $(CXXFLAGS_ALL) -fPIC -shared $(LINK) -MMD -MP -MF $@.d $< -o $@ -lboost_program_options

$(LOG_TOOL): $(LOG_TOOL_OBJECTS) $(BUILD)/lib/base/text.o $(BUILD)/lib/base/utf8.o $(BUILD)/lib/services/log.o
	$(call say,LINK,$@)$(CXX) $(CXXFLAGS_ALL) $(LINK) $(if $(STATIC),-static-pie,-pie $(LINK_STATIC_CXX)) $^ -o $@

# The actions for administrators, with the pages of the plugins in them. The runner of the tests has the same objects inside.
PAGES := $(shell find doc/plugins -name '*.md' | sort)
$(BUILD)/pages.cpp: $(PAGES) lib/admin/make-pages Makefile
	@mkdir -p $(@D)
	$(Q)lib/admin/make-pages $(PAGES) >$@
$(BUILD)/pages.o: $(BUILD)/pages.cpp
	$(call say,CXX,$<)$(CXX) $(CXXFLAGS_ALL) -fPIE -c $< -o $@
$(BUILD)/pic/pages.o: $(BUILD)/pages.cpp
	@mkdir -p $(@D)
	$(call say,CXX,$<)$(CXX) $(CXXFLAGS_ALL) -fPIC -c $< -o $@
$(BUILD)/pic/%.o: %.cpp
	@mkdir -p $(@D)
	$(call say,CXX,$<)$(CXX) $(CXXFLAGS_ALL) -fPIC -MMD -MP -c $< -o $@
$(BUILD)/modules/smtpd-admin.so: $(ADMIN_OBJECTS:$(BUILD)/%=$(BUILD)/pic/%)
$(BUILD)/modules/smtpd-lmdb.so: $(patsubst %.cpp,$(BUILD)/pic/%.o,$(LMDB) lib/base/text.cpp)
$(BUILD)/modules/smtpd-lmdb.so: MODULE_LIBRARIES := -llmdb
$(BUILD)/modules/smtpd-crypt.so: $(patsubst %.cpp,$(BUILD)/pic/%.o,$(CRYPT))
$(BUILD)/modules/smtpd-crypt.so: MODULE_LIBRARIES := -lcrypt
$(BUILD)/modules/smtpd-idn.so: $(IDN:%.cpp=$(BUILD)/pic/%.o)
$(BUILD)/modules/smtpd-idn.so: MODULE_LIBRARIES := -lidn2
$(BUILD)/modules/smtpd-pcre2.so: $(PCRE2:%.cpp=$(BUILD)/pic/%.o)
$(BUILD)/modules/smtpd-pcre2.so: MODULE_LIBRARIES := -lpcre2-8
$(BUILD)/modules/smtpd-dns.so: $(DNS:%.cpp=$(BUILD)/pic/%.o)
$(BUILD)/modules/smtpd-dns.so: MODULE_LIBRARIES := -lcares
$(BUILD)/modules/smtpd-psl.so: $(PSL:%.cpp=$(BUILD)/pic/%.o)
$(BUILD)/modules/smtpd-psl.so: MODULE_LIBRARIES := -lpsl
$(PLUGIN_MODULES:%=$(BUILD)/modules/%.so): $(BUILD)/modules/%.so: $(BUILD)/pic/plugins/%.o
# Their helpers: also in the binary, whose linker drops what nothing there calls.
$(BUILD)/modules/auth/auth_ldap_bind.so: $(patsubst %,$(BUILD)/pic/plugins/auth/%.o,ldap_text quiet_pipes)
$(BUILD)/modules/auth/auth_vpopmail_sql.so: $(patsubst %,$(BUILD)/pic/plugins/auth/%.o,quiet_pipes vpopmail_dsn vpopmail_store)
$(BUILD)/modules/auth/auth_ldap_bind.so: MODULE_LIBRARIES := -lldap -llber
$(BUILD)/modules/auth/auth_vpopmail_sql.so: MODULE_LIBRARIES := -lmariadb
$(patsubst %,$(BUILD)/modules/smtpd-%.so,admin crypt dns lmdb pcre2 psl idn) $(PLUGIN_MODULES:%=$(BUILD)/modules/%.so):
	@mkdir -p $(@D)
	$(call say,MODULE,$@)$(CXX) $(CXXFLAGS_ALL) -fPIC -shared $(LINK) $(LINK_STATIC_CXX) $^ -o $@ $(MODULE_LIBRARIES)

# One file for each way to link OpenSSL, so that another way is another module at once.
.PHONY: crypto-module deps-peers test-tls
$(BUILD)/modules/smtpd-crypto.so: $(BUILD)/crypto-$(CRYPTO).so crypto-module
	@mkdir -p $(@D)
	$(Q)cmp -s $< $@ || cp $< $@
$(BUILD)/crypto-$(CRYPTO).so: $(CRYPTO_SOURCES:%.cpp=$(BUILD)/pic/%.o)
	$(call say,MODULE,$@)$(CXX) $(CXXFLAGS_ALL) -fPIC -shared $(LINK) $(LINK_STATIC_CXX) $^ -o $@ $(LIBRARIES_CRYPTO)

.SECONDARY: $(TEST_MODULES:%.so=%.o)
$(BUILD)/test-modules/%.so: $(BUILD)/test-modules/%.o
	$(call say,MODULE,$@)$(CXX) $(CXXFLAGS_ALL) -shared $(LINK) $(LINK_STATIC_CXX) $< -o $@

$(BUILD)/test-modules/%.o: tests/modules/%.cpp
	@mkdir -p $(@D)
	$(call say,CXX,$<)$(CXX) $(CXXFLAGS_ALL) -fPIC -MMD -MP -c $< -o $@

# ---- tests ----------------------------------------------------------------------------------------------------------

UNIT_OBJECTS := $(UNIT:%.cpp=$(BUILD)/%.o) $(BUILD)/tests/unit_main.o
SUPPORT_OBJECTS := $(TEST_SUPPORT:%.cpp=$(BUILD)/%.o)
# The client's side of AUTH in transcripts.
TEST_LIBRARIES := -lssl -lcrypto
$(UNIT:%.cpp=$(BUILD)/%.o): COMMON += -DBOOST_TEST_DYN_LINK

$(BUILD)/unit-tests: $(SERVER_OBJECTS) $(ADMIN_OBJECTS) $(SUPPORT_OBJECTS) $(UNIT_OBJECTS) $(filter-out %/main.o,$(LOG_TOOL_OBJECTS)) \
  lib/exports.list
	$(call say,LINK,$@)$(CXX) $(CXXFLAGS_ALL) -pie $(LINK) -Wl,--dynamic-list=lib/exports.list \
	  $(filter %.o,$^) -o $@ $(LIBRARIES) $(TEST_LIBRARIES) -lboost_unit_test_framework

$(BUILD)/transcripts: $(SERVER_OBJECTS) $(ADMIN_OBJECTS) $(SUPPORT_OBJECTS) $(BUILD)/tests/transcript_main.o lib/exports.list
	$(call say,LINK,$@)$(CXX) $(CXXFLAGS_ALL) -pie $(LINK) $(LINK_STATIC_CXX) -Wl,--dynamic-list=lib/exports.list \
	  $(filter %.o,$^) -o $@ $(LIBRARIES) $(TEST_LIBRARIES)

CRASH := $(filter-out %_test.cpp,$(wildcard tests/crash/*.cpp))
$(BUILD)/crash: $(SERVER_OBJECTS) $(ADMIN_OBJECTS) $(SUPPORT_OBJECTS) $(CRASH:%.cpp=$(BUILD)/%.o) lib/exports.list
	$(call say,LINK,$@)$(CXX) $(CXXFLAGS_ALL) -pie $(LINK) $(LINK_STATIC_CXX) -Wl,--dynamic-list=lib/exports.list \
	  $(filter %.o,$^) -o $@ $(LIBRARIES) $(TEST_LIBRARIES)

# For tests/plugins/links.py.
$(BUILD)/message-links: $(SERVER_OBJECTS) $(BUILD)/tests/kit/message_links_main.o lib/exports.list
	$(call say,LINK,$@)$(CXX) $(CXXFLAGS_ALL) -pie $(LINK) $(LINK_STATIC_CXX) -Wl,--dynamic-list=lib/exports.list \
	  $(filter %.o,$^) -o $@ $(LIBRARIES)

BOUNDS := $(wildcard tests/bounds/*.cpp)
$(BUILD)/bounds: $(SERVER_OBJECTS) $(ADMIN_OBJECTS) $(SUPPORT_OBJECTS) $(BOUNDS:%.cpp=$(BUILD)/%.o) lib/exports.list
	$(call say,LINK,$@)$(CXX) $(CXXFLAGS_ALL) -pie $(LINK) $(LINK_STATIC_CXX) -Wl,--dynamic-list=lib/exports.list \
	  $(filter %.o,$^) -o $@ $(LIBRARIES) $(TEST_LIBRARIES)

# A server that is wrong on purpose: one source, which the first line of the .sed file names, is changed by the rest of it.
MUTANTS := $(patsubst tests/crash/mutants/%.sed,$(BUILD)/mutants/%/smtpd,$(wildcard tests/crash/mutants/*.sed))
$(BUILD)/mutants/%/smtpd: tests/crash/mutants/%.sed $(BINARY)
	@mkdir -p $(@D)
	$(call say,MUTANT,$@)source=$$(sed -n '1s/^# \([^:]*\):.*/\1/p' $<) && sed -f $< $$source >$(@D)/mutant.cpp && \
	  { ! cmp -s $$source $(@D)/mutant.cpp || { echo "$< changes nothing in $$source"; exit 1; }; } && \
	  $(CXX) $(CXXFLAGS_ALL) -w -fPIE -c $(@D)/mutant.cpp -o $(@D)/mutant.o && objects='$(SERVER_OBJECTS) $(BUILD)/smtpd.o' && \
	  $(LINK_SERVER) $${objects/$(BUILD)\/$${source%.cpp}.o/$(@D)\/mutant.o} -o $@ $(LIBRARIES)

TRANSCRIPTS := tests/transcripts tests/plugins
RUN_TRANSCRIPTS = $(BUILD)/transcripts --binary $(BINARY) --plugins $(BUILD)/test-modules \
  --program-dir $(patsubst %/,%,$(dir $(abspath $(BINARY))))

test:
	@tests/deps --quiet $(PACKAGES_BUILD) $(PACKAGES_RUN) $(PACKAGES_TEST) -- $(PACKAGES_INSTALL) $(PACKAGES_LAUNCHERS)
	$(Q)$(MAKE) --no-print-directory $(all_cores) test-programs
	$(Q)tests/run-all $(MAKE) test-unit test-in-process test-black-box test-command-line test-launchers test-tls test-dns test-simulated test-log test-kills test-bounds test-plugins test-auth

test-programs: all $(TEST_MODULES) $(addprefix $(BUILD)/,unit-tests transcripts crash bounds message-links)

# What lands may be quicker: .ci/run.
check-all:
	$(Q)tests/check-all

test-unit: $(BUILD)/unit-tests $(BINARY) $(MODULES) $(TEST_MODULES)
	$(Q)SMTPD_BINARY=$(BINARY) SMTPD_BUILD=$(BUILD) $(BUILD)/unit-tests --color_output=no

test-in-process: $(BUILD)/transcripts $(MODULES) $(TEST_MODULES)
	$(Q)$(RUN_TRANSCRIPTS) --in-process $(TRANSCRIPTS)

test-black-box: $(BUILD)/transcripts $(BINARY) $(MODULES) $(TEST_MODULES)
	$(Q)$(RUN_TRANSCRIPTS) --black-box $(TRANSCRIPTS)

# Each session that --simulate can have gets the same replies from it.
test-simulated: $(BUILD)/transcripts $(BINARY) $(MODULES) $(TEST_MODULES)
	$(Q)$(RUN_TRANSCRIPTS) --simulated tests/plugins

test-command-line: $(BINARY) $(MODULES) $(TEST_MODULES)
	$(Q)tests/command_line/run $(abspath $(BINARY)) $(abspath $(BUILD))

# The server is right without what only makes its start cheaper.
test-plain:
	$(Q)$(MAKE) --no-print-directory PLAIN=1 test-black-box

# What a transcript cannot show: super-servers, the third party's plugin, files on standard input.
test-launchers: $(BINARY) $(MODULES)
	$(Q)tests/launchers/run $(abspath $(BINARY)) $(abspath $(BUILD))

# TLS with programs that are not ours.
test-tls: $(BINARY) $(MODULES)
	$(Q)tests/tls/run $(abspath $(BINARY)) $(abspath $(BUILD))

# The plugins that ask the DNS, with other people's resolver and block lists.
test-dns: $(BINARY) $(MODULES) $(TEST_MODULES)
	$(Q)tests/dns/run $(abspath $(BINARY)) $(abspath $(BUILD))

# The tool that reads logs, against counts of awk and against the server's own lines.
test-log: $(LOG_TOOL) $(BINARY) $(MODULES)
	$(Q)tests/log/run $(abspath $(LOG_TOOL)) $(abspath $(BINARY))

# The objects that both flavours take are made here.
static: $(SERVER_OBJECTS) $(ADMIN_OBJECTS) $(LOG_TOOL_OBJECTS) $(BUILD)/smtpd.o
	$(Q)$(MAKE) --no-print-directory FLAVOUR=static all

# What needs a plugin's module is left out.
test-static: static $(BUILD)/transcripts
	$(Q)tests/run-all $(MAKE) test-static-binary test-static-roots test-static-transcripts

test-static-binary:
	$(Q)tests/static/run build/static/smtpd

# In a chroot, and in a container's root.
test-static-roots:
	$(Q)tests/launchers/static $(abspath build/static/smtpd)

test-static-transcripts:
	$(Q)$(BUILD)/transcripts --static --binary build/static/smtpd $(TRANSCRIPTS)

# What is left of the mail when the server is killed at any of its system calls. test-kills is the quick part of test-crash.
test-kills: $(BUILD)/crash $(BINARY)
	$(Q)tests/crash/run --kills $(abspath $(BINARY)) $(abspath $(BUILD))

# What the worst clients cost.
test-bounds: $(BUILD)/bounds $(BINARY)
	$(Q)tests/bounds/run $(abspath $(BINARY)) $(abspath $(BUILD))

test-crash: $(BUILD)/crash $(BINARY) $(MUTANTS)
	$(Q)tests/crash/run $(abspath $(BINARY)) $(abspath $(BUILD))

# What a transcript cannot show about plugins: sessions at the same time, links and FIFOs, a full disk.
test-plugins: $(BINARY) $(MODULES) $(TEST_MODULES) $(BUILD)/message-links
	$(Q)tests/plugins/run $(abspath $(BINARY)) $(abspath $(BUILD))

# AUTH with other people's programs.
test-auth: $(BINARY) $(MODULES) $(TEST_MODULES)
	$(Q)tests/auth/run $(abspath $(BINARY)) $(abspath $(BUILD))

# The Debian packages, built from the tarball; compiles everything anew, but for OBJECTS=build, which takes the objects that are there.
test-package: dist $(if $(OBJECTS),all man $(BUILD)/transcripts)
	$(Q)tests/launchers/package build/smtpd-$(VERSION).tar.gz $(OBJECTS)

# What doc/first-domain.md says, command by command, on a booted systemd: DEB=FILE, and ROOT=DIRECTORY for another root than a view of this machine.
test-first-domain:
	$(Q)tests/launchers/first-domain $(DEB) $(ROOT)

deb:
	dpkg-buildpackage -us -uc -b -j$(shell nproc)

asan:
	$(Q)$(MAKE) --no-print-directory FLAVOUR=asan test

# ---- fuzzing ---------------------------------------------------------------------------------------------------------

FUZZERS := $(patsubst tests/fuzz/%.cpp,$(BUILD)/%,$(wildcard tests/fuzz/*_fuzzer.cpp))
FUZZ_OBJECTS := $(patsubst %.cpp,$(BUILD)/%.o,tests/fuzz/dialogue.cpp tests/fuzz/plain_decoder.cpp tests/support/files.cpp \
  tests/support/folder.cpp)
FUZZ_SECONDS ?= 30

.PHONY: fuzz fuzzers fuzz-corpus

fuzzers: $(FUZZERS) $(BUILD)/words.dict $(patsubst %,$(BUILD)/modules/smtpd-%.so,idn pcre2 psl)
$(BUILD)/words.dict: tests/fuzz/words.dict $(PLUGINS)
	@mkdir -p $(@D)
	$(Q){ cat $<; sed -nE 's/^SMTPD_PLUGIN\([^"]*("[^"]+").*/\1/p' $(PLUGINS); } >$@
$(FUZZERS): $(BUILD)/%: $(BUILD)/tests/fuzz/%.o $(SERVER_OBJECTS) $(FUZZ_OBJECTS)
	$(call say,LINK,$@)$(CXX) $(CXXFLAGS_ALL) -pie $(LINK) $^ -o $@ $(FUZZ_ENGINE) $(LIBRARIES)

fuzz:
	$(Q)$(MAKE) --no-print-directory FLAVOUR=fuzz fuzzers
	$(Q)tests/fuzz/run build/fuzz $(FUZZ_SECONDS)

# What transcripts send, as first inputs; then the corpus is the least that reaches all that is known.
$(BUILD)/seeds: $(BUILD)/tests/fuzz/seeds.o $(SERVER_OBJECTS) $(SUPPORT_OBJECTS)
	$(call say,LINK,$@)$(CXX) $(CXXFLAGS_ALL) -pie $(LINK) $(LINK_STATIC_CXX) $^ -o $@ $(LIBRARIES) $(TEST_LIBRARIES)

fuzz-corpus: build/seeds
	$(Q)$(MAKE) --no-print-directory FLAVOUR=fuzz fuzzers
	$(Q)build/seeds build/fuzz/seeds $$(find $(TRANSCRIPTS) -name '*.smtp')
	$(Q)tests/fuzz/minimise build/fuzz

# ---- checks ---------------------------------------------------------------------------------------------------------

TIDY_FILES := $(LIB) $(STARTUP) $(ADMIN) $(OPTIONS) $(CRYPTO_SOURCES) $(CRYPT) $(LMDB) $(IDN) $(PCRE2) $(DNS) $(PSL) $(PLUGINS) $(PLUGIN_MODULE_SOURCES) \
  $(LOG_TOOL_SOURCES) smtpd.cpp
TIDY := $(firstword $(shell command -v clang-tidy-19 clang-tidy 2>/dev/null))
FORMAT := $(firstword $(shell command -v clang-format-19 2>/dev/null))

# What differs from this commit is looked at, by the quick checks; lint-all: all files, by the static analyzer too.
LINT_BASE ?= $(shell git rev-parse --verify --quiet HEAD^)
LINT_FILES := $(if $(filter lint,$(MAKECMDGOALS)),$(shell tests/lint/changed '$(LINT_BASE)' $(TIDY_FILES)))
lint: $(BINARY) $(LINT_FILES:%.cpp=build/tidy/quick/%.ok)
lint-all: $(BINARY) $(TIDY_FILES:%.cpp=build/tidy/all/%.ok)
lint lint-all:
	$(Q)CLANG_FORMAT=$(FORMAT) tests/lint/run $(BINARY)

build/tidy/quick/%.ok: %.cpp .clang-tidy
	$(call tidy,--checks=-clang-analyzer-*)
build/tidy/all/%.ok: %.cpp .clang-tidy
	$(tidy)
define tidy
@mkdir -p $(@D)
$(call say,TIDY,$<)$(or $(TIDY),$(error clang-tidy is missing: make deps-all)) --quiet --use-color=false $(1) $< -- \
  $(filter-out -g1 -fno-threadsafe-statics,$(COMMON)) 2>/dev/null >$@.log || { cat $@.log; exit 1; }
@touch $@
endef

# Another compiler finds other faults.
check-clang:
	$(Q)$(MAKE) --no-print-directory CXX=clang++-19 all

# The sources are right for another processor, as far as its compiler tells; those that need an outside library are left out.
ARM64_CXX ?= aarch64-linux-gnu-g++
ARM64_ALL := $(LIB) $(STARTUP) $(ADMIN) $(PLUGINS) $(PLUGIN_MODULE_SOURCES) $(LOG_TOOL_SOURCES) smtpd.cpp
ARM64_LEFT_OUT := $(shell grep -lE '^\#include <(openssl|ares|boost|mariadb|cdb|crypt|idn2|ldap|libpsl|lmdb|pcre2)[/.]' $(ARM64_ALL))
check-arm64: $(patsubst %.cpp,build/arm64/%.ok,$(filter-out $(ARM64_LEFT_OUT),$(ARM64_ALL)))
	@echo '$(words $^) sources compile for arm64; left out, since they need a library: lib/modules/* $(ARM64_LEFT_OUT)'
build/arm64/%.ok: %.cpp
	@mkdir -p $(@D)
	$(call say,ARM64,$<)$(ARM64_CXX) $(filter-out -fcf-protection,$(CXXFLAGS_ALL)) -fsyntax-only -MMD -MP -MF $(@:.ok=.d) -MT $@ $< && touch $@

# ---- measuring ------------------------------------------------------------------------------------------------------

BENCH_TOOLS := build/bench/floor build/bench/load
bench: $(BINARY) $(MODULES) $(BENCH_TOOLS)
	$(Q)tests/bench/run $(abspath $(BINARY)) build/bench $(BENCH_OPTIONS)
	$(Q)tests/bench/dns $(abspath $(BINARY)) build/bench $(BENCH_OPTIONS)

# Run it when the path to the banner has changed, and commit what it writes.
order: $(BINARY)
	$(Q)$(LINK_SERVER) -Wl,-Map,build/order.map $(filter %.o,$(SERVER_OBJECTS) $(STARTUP:%.cpp=$(BUILD)/%.o) $(BUILD)/smtpd.o) -o build/order.linked $(LIBRARIES)
	$(Q)tests/bench/order $(BINARY) build/order.map >build/order.ld && cp build/order.ld lib/startup/order.ld

build/bench/floor: tests/bench/floor.c
	@mkdir -p $(@D)
	$(call say,CC,$<)gcc -O2 -static -s -Wall -Wextra -Werror $< -o $@

# With TLS, against a floor of its own.
.PHONY: bench-tls
bench-tls: $(BINARY) $(MODULES) build/bench/tls_floor build/bench/tls_load
	$(Q)tests/bench/tls $(abspath $(BINARY)) build/bench $(BENCH_OPTIONS)
build/bench/tls_floor: tests/bench/tls_floor.c
	@mkdir -p $(@D)
	$(call say,CC,$<)gcc -O2 -s -Wall -Wextra -Werror $< -o $@ -lssl
build/bench/tls_load: tests/bench/tls.cpp
	@mkdir -p $(@D)
	$(call say,CXX,$<)$(CXX) $(filter-out -fvisibility=hidden,$(COMMON)) $(WARNINGS) $< -o $@ -lssl -lcrypto

build/bench/load: $(filter-out tests/bench/tls.cpp,$(wildcard tests/bench/*.cpp)) $(wildcard tests/bench/*.hpp)
	@mkdir -p $(@D)
	$(call say,CXX,$@)$(CXX) $(filter-out -fvisibility=hidden,$(COMMON)) $(WARNINGS) $(filter %.cpp,$^) -o $@

# ---- packages, running ----------------------------------------------------------------------------------------------

# One line a package, with the reason in doc/dependencies.md.
PACKAGES_BUILD := g++ make libboost-program-options-dev libpcre2-dev libcdb-dev liblmdb-dev libssl-dev libcrypt-dev libidn2-dev libunistring-dev libc-ares-dev libpsl-dev libldap-dev libmariadb-dev
PACKAGES_RUN := ucspi-tcp
PACKAGES_INSTALL := lowdown
# Unit tests and transcripts need these.
PACKAGES_TEST := libboost-test-dev tinycdb lmdb-utils
# What launchers and others skip if it is not there, as they do with all that follows.
PACKAGES_LAUNCHERS := openssl swaks libnet-ssleay-perl python3 strace xinetd systemd daemontools s6 haproxy man-db procps iproute2
# What tests/tls and tests/auth run; Postfix and Exim are in namespaces.
PACKAGES_TLS := curl msmtp gsasl util-linux mount
PACKAGES_AUTH := fail2ban dovecot-core dovecot-imapd cvm slapd mariadb-server-core mariadb-client-core
# What lint, fuzz and the packages of our own need, and counting instructions.
PACKAGES_CHECK := clang-tidy-19 clang-format-19 clang-19 libclang-rt-19-dev g++-aarch64-linux-gnu build-essential debhelper lintian valgrind

deps deps-all:
	@tests/deps $(PACKAGES_BUILD) $(PACKAGES_RUN) $(PACKAGES_INSTALL) $(PACKAGES_TEST) $(PACKAGES_LAUNCHERS) $(PACKAGES_TLS) $(PACKAGES_AUTH) \
	  $(PACKAGES_CHECK)
	-@tests/tls/unpack $(PACKAGES_PEERS)

# Mail servers, which exclude each other as packages, a resolver and block lists: unpacked for the tests with their libraries, not installed.
PACKAGES_PEERS := postfix exim4-daemon-light unbound rbldnsd ldnsutils qpsmtpd \
  libdb5.3 libevent-2.1-7 libgnutls-dane0 libicu72 libidn12 libldns3 libnghttp2-14 libnsl2 libprotobuf-c1 libpython3.11 libsasl2-2 libtirpc3 libunbound8
deps-peers:
	@tests/tls/unpack $(PACKAGES_PEERS)

run:
	@tests/deps --quiet $(PACKAGES_BUILD) $(PACKAGES_RUN)
	@$(MAKE) --no-print-directory $(all_cores) all
	@run/newcomer

# ---- installing -----------------------------------------------------------------------------------------------------

VERSION := $(shell sed -nE 's/.* version = "([^"]+)".*/\1/p' lib/base/version.hpp)
PREFIX ?= /usr/local
UNITDIR ?= $(PREFIX)/lib/systemd/system
DOCDIR ?= $(PREFIX)/share/doc/smtpd
MAN := $(patsubst %,$(BUILD)/man/%,smtpd.8 smtpd-plugins.7 smtpd-log.1 smtpd-transcripts.1)
# With it, authors of plugins run their transcripts.
RUNNER := $(if $(STATIC),,$(BUILD)/transcripts)
RUN_INSTALL = BINARY=$(BINARY) LOG_TOOL=$(LOG_TOOL) RUNNER=$(RUNNER) MODULES="$(MODULES)" MAN="$(MAN)" PREFIX=$(PREFIX) UNITDIR=$(UNITDIR) \
  DOCDIR=$(DOCDIR) DESTDIR=$(DESTDIR) run/install

man: $(MAN)

$(BUILD)/man/%: doc/man/%.md doc/man/page lib/base/version.hpp $(shell find doc -name '*.md')
	@mkdir -p $(@D)
	@command -v lowdown >/dev/null || { echo 'lowdown is missing: make deps-all'; exit 1; }
	$(call say,MAN,$@)doc/man/page $< $(VERSION) >$@

install: all man $(RUNNER)
	$(Q)$(RUN_INSTALL)

uninstall:
	$(Q)$(RUN_INSTALL) --remove

# The tarball of what is committed.
dist:
	$(Q)mkdir -p build
	$(Q)git archive --prefix=smtpd-$(VERSION)/ HEAD | gzip -9n >build/smtpd-$(VERSION).tar.gz
	@echo build/smtpd-$(VERSION).tar.gz

clean:
	rm -rf build smtpd smtpd-plain smtpd-log

-include $(shell find build -name peers -prune -o -name '*.d' -type f -print 2>/dev/null)
