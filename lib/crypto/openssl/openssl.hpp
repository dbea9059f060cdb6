#pragma once
/// What the parts of the module share: owners of OpenSSL's objects, and its errors as ours.
#include <openssl/err.h>
#include <openssl/evp.h>

#include <memory>
#include <string>
#include <string_view>

#include "lib/base/error.hpp"

namespace smtpd::openssl {

template <auto Free>
struct Freer {
  template <class T>
  void operator()(T* object) const noexcept {
    Free(object);
  }
};

/// `WHAT: OpenSSL's reason` for the oldest error in its queue, which is emptied.
Error error(std::string_view what);

}  // namespace smtpd::openssl
