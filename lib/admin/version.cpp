/// `--version`.
#include "lib/base/version.hpp"

#include <cdb.h>

#include <cstdio>

#include "lib/admin/admin.hpp"
#include "lib/base/module.hpp"
#include "lib/base/text.hpp"

/// What modules say of the library that they bring: its name and version.
extern "C" {
std::string smtpd_crypt_library() noexcept;
std::string smtpd_crypto_library() noexcept;
std::string smtpd_dns_library() noexcept;
std::string smtpd_idn_library() noexcept;
std::string smtpd_lmdb_library() noexcept;
std::string smtpd_options_library() noexcept;
std::string smtpd_pcre2_library() noexcept;
std::string smtpd_psl_library() noexcept;
}

namespace smtpd {
namespace {

using Library = std::expected<std::string (*)() noexcept, Error>;

#ifdef __clang__
constexpr const char* compiler = __VERSION__;
#else
constexpr const char* compiler = "g++ " __VERSION__;
#endif

/// The libraries that are in the binary itself, for which the headers speak.
std::string linked_in() {
  char tinycdb[16];
  std::snprintf(tinycdb, sizeof tinycdb, "%.2f", TINYCDB_VERSION);
  return std::string("TinyCDB ") + tinycdb;
}

std::string line_of(std::string_view module, const Library& library) {
  return "  " + std::string(module) + ": " +
         (library ? (*library)() : "it cannot be loaded: " + printable(library.error().what)) +
         '\n';
}

std::string lines_of_modules() {
  return line_of("smtpd-crypt", SMTPD_MODULE_FUNCTION("smtpd-crypt", smtpd_crypt_library)) +
         line_of("smtpd-crypto", SMTPD_MODULE_FUNCTION("smtpd-crypto", smtpd_crypto_library)) +
         line_of("smtpd-dns", SMTPD_MODULE_FUNCTION("smtpd-dns", smtpd_dns_library)) +
         line_of("smtpd-idn", SMTPD_MODULE_FUNCTION("smtpd-idn", smtpd_idn_library)) +
         line_of("smtpd-lmdb", SMTPD_MODULE_FUNCTION("smtpd-lmdb", smtpd_lmdb_library)) +
         line_of("smtpd-options", SMTPD_MODULE_FUNCTION("smtpd-options", smtpd_options_library)) +
         line_of("smtpd-pcre2", SMTPD_MODULE_FUNCTION("smtpd-pcre2", smtpd_pcre2_library)) +
         line_of("smtpd-psl", SMTPD_MODULE_FUNCTION("smtpd-psl", smtpd_psl_library));
}

}  // namespace

Printout tell_version() {
  std::string text = "smtpd " + std::string(version) + "\nin the binary: " + linked_in() +
                     ", made by " + compiler + "\n";
#ifdef SMTPD_STATIC
  text += "static, with these in it:\n";
#else
  text += "modules in " + printable(modules_of(program_directory())) + ":\n";
#endif
  return {.output = text + lines_of_modules()};
}

}  // namespace smtpd
