#include "plugins/queue/message_needs.hpp"

#include <algorithm>

namespace smtpd {
namespace {

bool sends_eight_bits(const HeaderList& header) {
  for (std::size_t i = 0; i < header.size(); ++i) {
    if (!header.is_added(i) && has_eight_bits(header.field(i))) return true;
  }
  return false;
}

}  // namespace

bool has_eight_bits(std::string_view text) {
  return std::ranges::any_of(text, [](char c) { return static_cast<unsigned char>(c) > 127; });
}

std::string header_text(const HeaderList& header, Charset added) {
  std::string text;
  text.reserve(header.octets() + 1);
  for (std::size_t i = 0; i < header.size(); ++i) {
    const std::size_t begin = text.size();
    text += header.field(i);
    if (header.is_added(i)) restrict_to(added, text, begin);
  }
  return text += '\n';
}

std::expected<Needs, Error> needs_of(const Transaction& txn) {
  Needs needs;
  needs.eight_bit = sends_eight_bits(txn.header);
  const bool utf8_envelope = has_eight_bits(txn.sender->text()) ||
                             std::ranges::any_of(txn.recipients, [](const Recipient& each) {
                               return has_eight_bits(each.address.text());
                             });
  needs.utf8 = utf8_envelope || (txn.smtputf8 && needs.eight_bit);
  const auto count = [&](std::string_view text) {
    needs.wire_size += text.size() + static_cast<std::uint64_t>(std::ranges::count(text, '\n'));
  };
  for (std::size_t i = 0; i < txn.header.size(); ++i) count(txn.header.field(i));
  count("\n");
  const auto read = txn.body().each_piece([&](std::string_view text) {
    count(text);
    needs.eight_bit = needs.eight_bit || has_eight_bits(text);
    return true;
  });
  if (!read) return std::unexpected(read.error());
  return needs;
}

}  // namespace smtpd
