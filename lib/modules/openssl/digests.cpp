/// The module's entry; digests, HMAC, PBKDF2 and random octets of OpenSSL 3.
#include <openssl/core_names.h>
#include <openssl/crypto.h>
#include <openssl/hmac.h>
#include <openssl/rand.h>

#include <climits>
#include <new>

#include "lib/crypto/crypto.hpp"
#include "lib/modules/openssl/identity.hpp"
#include "lib/modules/openssl/openssl.hpp"
#include "lib/modules/openssl/signatures.hpp"
#include "lib/modules/openssl/tls_client.hpp"
#include "lib/modules/openssl/tls_server.hpp"

namespace smtpd {
namespace openssl {
namespace {

constexpr const EVP_MD* (*functions[])() = {EVP_md5, EVP_sha1, EVP_sha256, EVP_sha384, EVP_sha512};

const EVP_MD* function_of(Digest digest) { return functions[static_cast<std::size_t>(digest)](); }

unsigned char* octets_of(std::string& text) {
  return reinterpret_cast<unsigned char*>(text.data());
}

/// Where memory ends, the exception must not leave the module.
template <class F>
auto guarded(F function) -> decltype(function()) {
  try {
    return function();
  } catch (const std::bad_alloc&) {
    return std::unexpected(Error{Errc::io, "no memory"});
  }
}

}  // namespace

Error error(std::string_view what) {
  std::string text(what);
  const unsigned long code = ERR_get_error();
  // Without its tables of texts OpenSSL still names the numbers.
  if (code != 0) {
    char reason[200];
    ERR_error_string_n(code, reason, sizeof reason);
    text.append(": ").append(reason);
  }
  ERR_clear_error();
  return {Errc::io, text};
}

class Library final : public Crypto {
 public:
  Octets digest(Digest digest, std::string_view octets) override;
  Octets hmac(Digest digest, std::string_view key, std::string_view octets) override;
  Octets pbkdf2(Digest digest, std::string_view password, const Stretching& how) override;
  Octets random(std::size_t count) override;
  Octets sign(Signing kind, const std::string& key, std::string_view octets) override {
    return guarded([&] { return openssl::sign(kind, key, octets); });
  }
  std::expected<bool, Error> verify(Signing kind, std::string_view key, std::string_view octets,
                                    std::string_view signature) override {
    return guarded([&] { return openssl::verify(kind, key, octets, signature); });
  }
  std::expected<std::unique_ptr<TlsStream>, Error> tls_client(const TlsClient& how,
                                                              io::Stream& server,
                                                              Deadline deadline) override {
    return guarded([&] { return connect(how, server, deadline); });
  }
  std::expected<std::unique_ptr<TlsAcceptor>, Error> tls_server(const TlsServer& how) override {
    return guarded([&] { return make_acceptor(how); });
  }
  std::expected<CertificateFacts, Error> certificate(const TlsIdentity& files) override {
    return guarded([&]() -> std::expected<CertificateFacts, Error> {
      const auto loaded = load(files);
      if (!loaded) return std::unexpected(loaded.error());
      return facts_of(loaded->chain.front().get());
    });
  }
};

Crypto::Octets Library::digest(Digest digest, std::string_view octets) {
  return guarded([&]() -> Octets {
    std::string value(size_of(digest), '\0');
    if (EVP_Digest(octets.data(), octets.size(), octets_of(value), nullptr, function_of(digest),
                   nullptr) != 1)
      return std::unexpected(error("cannot make a digest"));
    return value;
  });
}

Crypto::Octets Library::hmac(Digest digest, std::string_view key, std::string_view octets) {
  return guarded([&]() -> Octets {
    std::string value(size_of(digest), '\0');
    if (key.size() > INT_MAX) return std::unexpected(Error{Errc::limit, "a key that is too long"});
    // A null pointer would mean the key of before.
    if (!HMAC(function_of(digest), key.empty() ? "" : key.data(), static_cast<int>(key.size()),
              octets_of(octets), octets.size(), octets_of(value), nullptr))
      return std::unexpected(error("cannot make a keyed digest"));
    return value;
  });
}

Crypto::Octets Library::pbkdf2(Digest digest, std::string_view password, const Stretching& how) {
  if (how.iterations < 1 || how.iterations > most_iterations || password.size() > INT_MAX ||
      how.salt.size() > INT_MAX) {
    return std::unexpected(Error{Errc::limit, "as many iterations are not made"});
  }
  return guarded([&]() -> Octets {
    std::string value(size_of(digest), '\0');
    if (PKCS5_PBKDF2_HMAC(password.empty() ? "" : password.data(),
                          static_cast<int>(password.size()), octets_of(how.salt),
                          static_cast<int>(how.salt.size()), static_cast<int>(how.iterations),
                          function_of(digest), static_cast<int>(value.size()),
                          octets_of(value)) != 1)
      return std::unexpected(error("cannot make a key from a password"));
    return value;
  });
}

Crypto::Octets Library::random(std::size_t count) {
  return guarded([&]() -> Octets {
    std::string value(count, '\0');
    if (count > INT_MAX || RAND_bytes(octets_of(value), static_cast<int>(count)) != 1)
      return std::unexpected(error("no random octets"));
    return value;
  });
}

}  // namespace openssl
}  // namespace smtpd

// What the administrator configures for this server is in its own directory, so the system's
// openssl.cnf is not read; texts of errors are loaded with the first error.
extern "C" [[gnu::visibility("default")]] smtpd::Crypto* smtpd_crypto(unsigned abi) noexcept {
  if (abi != smtpd::crypto_abi) return nullptr;
  OPENSSL_init_crypto(OPENSSL_INIT_NO_LOAD_CONFIG | OPENSSL_INIT_NO_ATEXIT, nullptr);
  static smtpd::openssl::Library library;
  return &library;
}

extern "C" [[gnu::visibility("default")]] std::string smtpd_crypto_library() noexcept {
  return OpenSSL_version(OPENSSL_VERSION);
}
