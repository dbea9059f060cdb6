#pragma once
/// Which part of a name somebody has registered: what stands below a public suffix such as `com` or
/// `co.uk` (publicsuffix.org).
#include <cstdint>
#include <expected>
#include <string>
#include <string_view>

#include "lib/base/error.hpp"
#include "lib/base/export.hpp"

namespace smtpd {

/// Which names have a public suffix.
enum class Suffixes : std::uint8_t {
  listed,  ///< those that end in one of the list
  any,     ///< all; the last label where the list has none
};

/// `example.co.uk` of `www.example.co.uk`, by the system's list (package publicsuffix), else by the
/// one in the library. Empty if the name is a public suffix itself, or has none. `name` is in lower
/// case and A-labels. libpsl is loaded for it. Errors: config (it cannot be loaded, or there is no
/// list); nobody knows then what is registered.
SMTPD_API std::expected<std::string, Error> registered_domain(std::string_view name, Suffixes of);

}  // namespace smtpd

/// The same; what the module smtpd-psl has. `name` ends in a NUL.
extern "C" std::expected<std::string, smtpd::Error> smtpd_registered_domain(
    const char* name, smtpd::Suffixes of) noexcept;
