#pragma once
/// What the content of a MIME part is wrapped in (RFC 2045 6), taken off piece by piece and as
/// leniently as mail clients do: nothing that a client would show stays hidden.
#include <cstdint>
#include <string>
#include <string_view>

#include "lib/base/export.hpp"

namespace smtpd {

enum class TransferEncoding : std::uint8_t { identity, base64, quoted_printable };

/// The value of a Content-Transfer-Encoding field: comments, case and what follows the word do not
/// count. `identity` for 7bit, 8bit, binary and any other word.
SMTPD_API TransferEncoding to_transfer_encoding(std::string_view value);

/// Decodes the content of one part. How it is cut into pieces makes no difference.
class SMTPD_API TransferDecoder {
 public:
  explicit TransferDecoder(TransferEncoding encoding = TransferEncoding::identity)
      : encoding_(encoding) {}
  /// What the piece adds. In base64 everything outside of the alphabet is skipped, and what follows
  /// padding is decoded anew. In quoted-printable an `=` that encodes nothing stays, blanks at the
  /// end of a line are dropped.
  std::string decode(std::string_view piece);
  /// What was held back, at the end of the part.
  std::string finish();

 private:
  void add_base64(char c, std::string& into);
  void add_quoted_printable(char c, std::string& into);
  bool has_digit() const;  ///< held_ is an `=` and a digit
  /// True if `c` belongs to what is held back; then it is dealt with.
  bool goes_on(char c, std::string& into);

  TransferEncoding encoding_;
  std::uint32_t bits_ = 0;  ///< of base64: those that make no octet yet
  unsigned bit_count_ = 0;
  std::string held_;  ///< of quoted-printable: an `=` or blanks, and what follows, until it is
                      ///< clear what they mean
};

}  // namespace smtpd
