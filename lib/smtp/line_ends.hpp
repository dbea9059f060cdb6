#pragma once
/// What ends a line of a message, and what can be wrong in its text (RFC 5321 2.3.8).

namespace smtpd {

/// What ends a line. In strict and normalize nothing but CRLF.CRLF ends the data of DATA, and only
/// a line after CRLF can have a stuffed dot: were LF.CRLF or the like an end for us but not for the
/// server before us (or the other way round), a message could smuggle in a second one with
/// commands of its own.
enum class LineEnds {
  strict,     ///< CRLF; a bare LF is a fault
  normalize,  ///< CRLF; a bare LF also ends a line of text, but a dot behind it is just a dot
  any  ///< LF and CRLF alike, the end of the data included: for a transcript piped in by hand
};

/// What was wrong in the text of a message so far. It is read to its true end all the same; the
/// message is then to be refused.
struct TextFaults {
  bool bare_lf = false;
  bool bare_cr = false;
  bool nul = false;
  bool long_line = false;  ///< more octets than a line may have
  bool any() const { return bare_lf || bare_cr || nul || long_line; }
};

}  // namespace smtpd
