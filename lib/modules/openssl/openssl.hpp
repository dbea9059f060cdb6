#pragma once
/// What the parts of the module share: owners of OpenSSL's objects, and its errors as ours.
#include <openssl/err.h>
#include <openssl/evp.h>

#include <memory>
#include <string>
#include <string_view>

#include "lib/base/error.hpp"
#include "lib/base/freer.hpp"

namespace smtpd::openssl {

inline const unsigned char* octets_of(std::string_view text) {
  return reinterpret_cast<const unsigned char*>(text.data());
}

/// For PEM: a key with a password would wait for somebody who types it.
inline int no_password(char*, int, int, void*) { return -1; }

/// `WHAT: OpenSSL's reason` for the oldest error in its queue, which is emptied.
Error error(std::string_view what);

}  // namespace smtpd::openssl
