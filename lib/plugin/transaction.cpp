#include "lib/plugin/transaction.hpp"

#include <algorithm>

#include "lib/base/file.hpp"
#include "lib/base/text.hpp"

namespace smtpd {

void QueuePlaces::add(std::string_view place) {
  if (++count_ <= most_shown)
    shown_.append(shown_.empty() ? "" : ",").append(printable(place.substr(0, longest)));
}

std::string QueuePlaces::text() const {
  return count_ > most_shown ? shown_ + ",+" + std::to_string(count_ - most_shown) : shown_;
}

std::size_t Transaction::remove_recipient(const Address& address) {
  return std::erase_if(recipients, [&](const Recipient& rcpt) { return rcpt.address == address; });
}

std::string Transaction::message_id() const {
  constexpr std::size_t longest = 255;  // what is longer is no id that anybody looks up
  const std::string_view id = trim(header.get("Message-Id").value_or(""));
  const bool plain = std::ranges::all_of(id, [](char c) { return c > ' ' && c < '\x7f'; });
  return plain && id.size() <= longest ? std::string(id) : std::string();
}

std::string Transaction::queued_text() const {
  const std::string id = message_id();
  return id.empty() ? "Queued!" : "Queued! " + id;
}

std::expected<void, Error> Transaction::write_to(int fd, std::string_view before) const {
  std::string head;
  head.reserve(before.size() + header.octets() + 1 + (body_.in_memory() ? body_.size() : 0));
  head += before;
  header.append_to(head);
  head += '\n';
  if (body_.in_memory()) {  // one write for the whole of an ordinary message
    if (const auto added =
            body_.each_piece([&](std::string_view piece) { return head += piece, true; });
        !added)
      return added;
    return write_all(fd, head);
  }
  if (const auto written = write_all(fd, head); !written) return written;
  return body_.write_to(fd);
}

}  // namespace smtpd
