#include "lib/kit/certificate_key.hpp"

#include <algorithm>
#include <array>
#include <bit>
#include <optional>

#include "lib/base/base64.hpp"
#include "lib/base/text.hpp"

namespace smtpd {
namespace {

using namespace std::literals;

constexpr auto rsa = "\x2a\x86\x48\x86\xf7\x0d\x01\x01\x01"sv;
constexpr auto rsa_pss = "\x2a\x86\x48\x86\xf7\x0d\x01\x01\x0a"sv;
constexpr auto elliptic = "\x2a\x86\x48\xce\x3d\x02\x01"sv;
constexpr auto usual_curves = std::array{"\x2a\x86\x48\xce\x3d\x03\x01\x07"sv,  // P-256
                                         "\x2b\x81\x04\x00\x22"sv,              // P-384
                                         "\x2b\x81\x04\x00\x23"sv};             // P-521

/// Tags of ASN.1 (X.690 8.1.2).
enum Tag : unsigned char {
  integer = 0x02,
  bit_string = 0x03,
  object = 0x06,
  sequence = 0x30,
  version = 0xa0
};

/// Reads values one after the other (DER, X.690 10).
class DerReader {
 public:
  explicit DerReader(std::string_view octets) : rest_(octets) {}
  bool is_next(Tag tag) const {
    return !rest_.empty() && static_cast<unsigned char>(rest_.front()) == tag;
  }
  /// The content of the next value, if it has that tag.
  std::optional<std::string_view> take(Tag tag) { return is_next(tag) ? take_any() : std::nullopt; }
  std::optional<std::string_view> take_any() {
    if (rest_.size() < 2) return {};
    auto length = static_cast<std::size_t>(static_cast<unsigned char>(rest_[1]));
    std::size_t head = 2;
    if (length > 0x7f) {
      const std::size_t octets = length & 0x7f;
      length = 0;
      if (octets > 3 || rest_.size() < head + octets) return {};
      for (std::size_t i = 0; i < octets; ++i)
        length = length << 8 | static_cast<unsigned char>(rest_[head + i]);
      head += octets;
    }
    if (rest_.size() - head < length) return {};
    const std::string_view content = rest_.substr(head, length);
    rest_.remove_prefix(head + length);
    return content;
  }

 private:
  std::string_view rest_;
};

/// The first certificate in DER; none if there is none.
std::optional<std::string> first_certificate(std::string_view pem) {
  constexpr auto begin = "-----BEGIN CERTIFICATE-----"sv, end = "-----END CERTIFICATE-----"sv;
  const auto from = pem.find(begin);
  if (from == pem.npos) return {};
  pem.remove_prefix(from + begin.size());
  const auto until = pem.find(end);
  if (until == pem.npos) return {};
  std::string text(pem.substr(0, until));
  std::erase_if(text, [](char c) { return is_blank(c) || c == '\r' || c == '\n'; });
  return from_base64(text);
}

/// The content of SubjectPublicKeyInfo.
std::optional<std::string_view> public_key_in(std::string_view der) {
  const auto whole = DerReader(der).take(sequence);
  const auto body = whole ? DerReader(*whole).take(sequence) : std::nullopt;
  if (!body) return {};
  DerReader fields(*body);
  if (fields.is_next(version)) fields.take_any();
  // serialNumber, signature, issuer, validity, subject
  for (const Tag tag : {integer, sequence, sequence, sequence, sequence})
    if (!fields.take(tag)) return {};
  return fields.take(sequence);
}

std::size_t bits_of(std::string_view number) {
  const auto first = std::ranges::find_if(number, [](char c) { return c != '\0'; });
  if (first == number.end()) return 0;
  const auto octets = static_cast<std::size_t>(number.end() - first);
  return (octets - 1) * 8 +
         static_cast<std::size_t>(std::bit_width(static_cast<unsigned char>(*first)));
}

CertificateKey rsa_key(std::string_view bits) {
  constexpr std::size_t least = 2048;
  if (bits.empty()) return {};
  const auto key = DerReader(bits.substr(1)).take(sequence);  // no bit is unused
  const auto modulus = key ? DerReader(*key).take(integer) : std::nullopt;
  if (!modulus) return {};
  const std::size_t size = bits_of(*modulus);
  return {size < least ? CertificateKey::Use::short_rsa : CertificateKey::Use::usual, size};
}

}  // namespace

CertificateKey key_of_certificate(std::string_view pem) {
  const auto der = first_certificate(pem);
  const auto key = der ? public_key_in(*der) : std::nullopt;
  if (!key) return {};
  DerReader fields(*key);
  const auto algorithm = fields.take(sequence);
  const auto bits = fields.take(bit_string);
  if (!algorithm || !bits) return {};
  DerReader parts(*algorithm);
  const auto type = parts.take(object);
  if (type == rsa || type == rsa_pss) return rsa_key(*bits);
  if (type != elliptic) return {};
  const auto curve = parts.take(object);
  const bool usual = curve && std::ranges::find(usual_curves, *curve) != usual_curves.end();
  return {.use = usual ? CertificateKey::Use::usual : CertificateKey::Use::odd_curve};
}

}  // namespace smtpd
