#pragma once
/// The program's own modules, smtpd-NAME.so: what hardly any session needs costs the others nothing
/// there, since each function of a library that the binary imports is sought at every start. The
/// static binary has them in itself.
#include <expected>
#include <string>

#include "lib/base/error.hpp"
#include "lib/base/export.hpp"

namespace smtpd {

/// The directory that holds this binary; empty if the system does not tell (no /proc in a chroot).
SMTPD_API std::string program_directory();
/// For a program that stands elsewhere, as the tests' do.
void set_program_directory(std::string directory);

/// Where the modules of a binary in that directory are: below it in the tree that it was built in
/// (build/modules), else in ../lib/smtpd, as `make install` puts them. Empty if `directory` is.
SMTPD_API std::string modules_of(const std::string& directory);

/// Loads the module, if it is not yet there; the address of its function. Errors: config.
SMTPD_API std::expected<void*, Error> find_in_module(const char* module, const char* function);

/// The same for a function of that type.
template <class F>
std::expected<F*, Error> module_function(const char* module, const char* function) {
  const auto found = find_in_module(module, function);
  if (!found) return std::unexpected(found.error());
  return reinterpret_cast<F*>(*found);
}

}  // namespace smtpd

/// A declared `extern "C"` function of one of those modules, as an expected pointer to it.
#ifdef SMTPD_STATIC
#define SMTPD_MODULE_FUNCTION(module, function) \
  std::expected<decltype(&function), smtpd::Error>(&function)
#else
#define SMTPD_MODULE_FUNCTION(module, function) \
  smtpd::module_function<decltype(function)>(module, #function)
#endif
