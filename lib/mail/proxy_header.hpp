#pragma once
/// The header by which a proxy says whom it speaks for (HAProxy's PROXY protocol, versions 1 and
/// 2).
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "lib/base/export.hpp"

namespace smtpd::io {

/// What a proxy that ends TLS says about it (PP2_TYPE_SSL).
struct ProxyTls {
  bool certificate = false;   ///< the client has shown one, in this connection or its session
  std::uint32_t verify = 0;   ///< 0: and it is valid; without a certificate it says nothing
  std::string protocol = {};  ///< `TLSv1.3`; as it came, like the texts below
  std::string cipher = {};
  std::string common_name = {};  ///< of the client's certificate
};

struct ProxyHeader {
  enum class Kind {
    client,   ///< the addresses are the client's
    unknown,  ///< there is a client, and no Internet address of it (UNKNOWN, UNSPEC, a Unix socket)
    local,    ///< the proxy speaks for itself, as in a health check
  };
  Kind kind = Kind::local;
  unsigned version = 1;
  // With Kind::client: addresses in their usual spelling, ports in decimal.
  std::string source, source_port, destination, destination_port;
  std::optional<ProxyTls> tls = {};
  std::string authority = {};  ///< the server's name for which the client asked (SNI), as it came
};

/// Takes the header as it comes, in pieces of any size.
class SMTPD_API ProxyReader {
 public:
  enum class State { more, done, failed };
  /// Takes octets until the header is complete; returns how many of them belong to it. What
  /// cannot become a header fails at once.
  std::size_t feed(std::string_view octets);
  State state() const { return state_; }
  /// When it is done.
  const ProxyHeader& header() const { return header_; }
  /// When it has failed: a sentence.
  std::string_view problem() const { return problem_; }
  /// True if nothing has come yet.
  bool empty() const { return octets_.empty(); }

 private:
  std::size_t needed() const;
  void look();
  void fail(std::string_view problem);
  void read_line();
  void check_head();
  void read_block();
  void read_addresses();
  void read_vectors(std::string_view vectors);
  void read_vector(unsigned kind, std::string_view value);
  void read_tls(std::string_view value);
  void check_sum(std::string_view value);

  std::string octets_;
  State state_ = State::more;
  ProxyHeader header_;
  std::string_view problem_;
};

}  // namespace smtpd::io
