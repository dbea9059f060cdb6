#include "lib/kit/message_links.hpp"

#include <algorithm>
#include <array>

#include "lib/base/text.hpp"
#include "lib/base/utf8.hpp"
#include "lib/mail/idn.hpp"
#include "lib/mail/links.hpp"
#include "lib/mail/mime.hpp"
#include "lib/mail/part_text.hpp"
#include "lib/mail/registered_domain.hpp"
#include "lib/services/dns.hpp"

namespace smtpd {
namespace {

/// Fields whose hosts are those of mail servers and of other messages.
constexpr std::array<std::string_view, 11> trace_fields{"Received",
                                                        "Return-Path",
                                                        "Delivered-To",
                                                        "Message-Id",
                                                        "In-Reply-To",
                                                        "References",
                                                        "Resent-Message-Id",
                                                        "DKIM-Signature",
                                                        "Authentication-Results",
                                                        "ARC-Seal",
                                                        "ARC-Authentication-Results"};

bool is_trace_field(std::string_view name) {
  return std::ranges::any_of(
      trace_fields, [&](std::string_view field) { return equal_ignoring_case(field, name); });
}

class Collector {
 public:
  explicit Collector(const LinkSearch& search) : search_(search) {}

  void scan_fields(const HeaderList& header) {
    for (std::size_t i = 0; i < header.size(); ++i) {
      if (header.is_added(i) || is_trace_field(header.name(i))) continue;
      if (!begin(MimePart{})) return;
      take(header.value(i));
      scan();
    }
  }

  std::expected<void, Error> scan_body(const HeaderList& header, const Body& body) {
    MimeReader reader(header, {.begin = [this](const MimePart& part) { return begin(part); },
                               .content = [this](std::string_view piece) { take(piece); },
                               .end = [this] { scan(); }});
    const auto read = body.each_piece([&](std::string_view piece) {
      reader.feed(piece);
      return !is_full();
    });
    if (!read) return read;
    if (!is_full()) reader.finish();
    scan();  // a part that was cut
    found_.more_parts = reader.too_deep();
    return {};
  }

  MessageLinks take_found() { return std::move(found_); }

 private:
  bool is_full() const { return found_.more_text || found_.more_hosts; }

  bool begin(const MimePart& part) {
    const bool is_text = part.content.type == "text/plain" || part.content.type == "text/html";
    if (!is_text || is_full()) return false;
    content_ = part.content;
    return true;
  }

  void take(std::string_view piece) {
    const std::size_t room = MessageLinks::max_text - octets_;
    found_.more_text = found_.more_text || piece.size() > room;
    piece = piece.substr(0, room);
    text_ += piece;
    octets_ += piece.size();
  }

  void scan() {
    std::string text = part_text(std::exchange(text_, {}), content_);
    // A text that was meant as HTML says so nowhere in a damaged message.
    if (content_.type == "text/html" || text.contains("&#")) text = html_as_text(text);
    find_links(text, [this](const LinkHost& host) {
      host.address ? add_address(*host.address) : add_host(host);
      return !found_.more_hosts;
    });
  }

  void add_host(const LinkHost& host) {
    if (is_ascii(host.name)) {
      add_name(host.name, host.certain ? Suffixes::any : Suffixes::listed);
      return;
    }
    const auto name = to_a_labels(host.name);
    if (!name && name.error().code == Errc::config) found_.trouble = name.error();
    // A link leads somewhere even if the list does not know the top-level domain, but in a text
    // without blanks between its words a part of it is more likely meant.
    if (name && add_name(*name, Suffixes::listed)) return;
    if (!add_ascii(host.name) && name && host.certain) add_name(*name, Suffixes::any);
  }

  /// The names between characters that are no ASCII; true if there was one.
  bool add_ascii(std::string_view text) {
    bool added = false;
    while (!text.empty()) {
      const auto is_wide = [](char c) { return static_cast<unsigned char>(c) >= 0x80; };
      const auto end = static_cast<std::size_t>(std::ranges::find_if(text, is_wide) - text.begin());
      find_links(text.substr(0, end), [&](const LinkHost& host) {
        added = add_name(host.name, Suffixes::listed) || added;
        return true;
      });
      text.remove_prefix(std::min(end + 1, text.size()));
    }
    return added;
  }

  /// True if that is the name of a host.
  bool add_name(const std::string& name, Suffixes of) {
    if (is_number_host(name)) {  // digits of another script
      if (const auto address = address_of_numbers(name)) add_address(*address);
      return true;
    }
    if (names_unknown_) return false;
    const auto domain = registered_domain(name, of);
    if (!domain) {
      names_unknown_ = true;
      found_.trouble = domain.error();
      return false;
    }
    if (domain->empty()) return false;
    if (dns::is_name(*domain) && !(search_.is_exempt && search_.is_exempt(name)))
      add(found_.domains, *domain);
    return true;
  }

  void add_address(const IpAddress& address) { add(found_.addresses, address); }

  template <class T>
  void add(std::vector<T>& into, const T& found) {
    if (std::ranges::find(into, found) != into.end()) return;
    if (found_.domains.size() + found_.addresses.size() >= MessageLinks::max_hosts) {
      found_.more_hosts = true;
    } else {
      into.push_back(found);
    }
  }

  const LinkSearch& search_;
  MessageLinks found_;
  ContentType content_;
  std::string text_;        ///< of the part that is being read
  std::size_t octets_ = 0;  ///< of all text so far
  bool names_unknown_ = false;
};

}  // namespace

std::expected<MessageLinks, Error> find_message_links(const HeaderList& header, const Body& body,
                                                      const LinkSearch& search) {
  Collector collector(search);
  if (search.fields == LinkSearch::Fields::yes) collector.scan_fields(header);
  if (const auto scanned = collector.scan_body(header, body); !scanned)
    return std::unexpected(scanned.error());
  return collector.take_found();
}

}  // namespace smtpd
