#pragma once
/// One connection: OpenSSL over a stream with deadlines.
#include <openssl/ssl.h>

#include <array>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "lib/crypto/tls.hpp"
#include "lib/modules/openssl/identity.hpp"

namespace smtpd::openssl {

using Context = std::unique_ptr<SSL_CTX, Freer<SSL_CTX_free>>;
using Connection = std::unique_ptr<SSL, Freer<SSL_free>>;

/// What a client's first message had in it.
struct Offer {
  std::string ciphers;   ///< two octets each, as they came
  std::string versions;  ///< likewise
};

/// OpenSSL's number of a version.
constexpr int number_of(TlsVersion version) {
  constexpr std::array versions{TLS1_VERSION, TLS1_1_VERSION, TLS1_2_VERSION, TLS1_3_VERSION};
  return versions[static_cast<std::size_t>(version)];
}

class TlsOverStream final : public TlsStream {
 public:
  /// `ahead` is what has been read from the other side already.
  TlsOverStream(io::Stream& peer, std::string_view ahead, Connection connection);

  /// The handshake, as the server or as the client: what SSL_set_accept_state() or
  /// SSL_set_connect_state() has said. Errors: those of TlsAcceptor::accept.
  std::expected<void, Error> handshake(Deadline deadline);

  std::expected<std::size_t, Error> read(std::span<char> buffer, Deadline deadline,
                                         Interrupt interrupt) override;
  std::expected<void, Error> write(std::string_view octets, Deadline deadline) override;
  io::Input wait_for_input(Deadline deadline) override;
  void part() override;
  const Tls& facts() const override { return facts_; }

  // What the callbacks of the handshake keep here.
  static TlsOverStream& of(const SSL* ssl) {
    return *static_cast<TlsOverStream*>(SSL_get_app_data(ssl));
  }
  Offer offer;
  std::vector<LoadedIdentity> own_identities;  ///< of the name that the client asked for

  // The BIO's other side.
  int read_octets(char* into, int most);
  int write_octets(const char* from, int count);

 private:
  Error failure(int result, std::string_view what);
  void learn_facts();
  std::string offer_text() const;

  io::Stream& peer_;
  std::string ahead_;                      // comes before what the client sends from now on
  Deadline deadline_ = Deadline::never();  // of the operation that goes on
  Interrupt interrupt_ = Interrupt::no;
  std::optional<Error> error_;  // of the stream below
  Tls facts_;
  Connection ssl_;  // refers to all above
};

}  // namespace smtpd::openssl
