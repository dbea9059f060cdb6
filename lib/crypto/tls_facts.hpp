#pragma once
/// What is known about an established TLS session.
#include <string>

namespace smtpd {

struct Tls {
  std::string protocol;          ///< TLSv1.3
  std::string cipher;            ///< TLS_AES_256_GCM_SHA384
  std::string server_name = {};  ///< that the client asked for (SNI), as it was sent; may be empty
  bool resumed = false;          ///< with a ticket of an earlier session

  // The client's certificate; empty and false without one.
  std::string client_fingerprint = {};      ///< SHA-256 of the certificate, lower-case hexadecimal
  std::string client_key_fingerprint = {};  ///< SHA-256 of its public key, likewise
  std::string client_subject = {};          ///< RFC 2253, free of control octets
  bool client_verified = false;             ///< by the certificate authorities of the plugin tls
  std::string client_user = {};  ///< whose it is (config tls_client_certs); empty: nobody's

  /// 32 octets for channel binding (tls-exporter, RFC 9266); empty before TLS 1.3.
  std::string exporter = {};
};

}  // namespace smtpd
