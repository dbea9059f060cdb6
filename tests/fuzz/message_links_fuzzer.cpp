/// The links of a message are the same for every split of its text, each once and within their
/// bounds; a part's content is what its encoding says; zone lines are read or name what is wrong.
#include <algorithm>
#include <set>

#include "lib/base/text.hpp"
#include "lib/kit/message_links.hpp"
#include "lib/mail/mime.hpp"
#include "lib/services/dns.hpp"
#include "tests/fuzz/support.hpp"

namespace smtpd::fuzz {
namespace {

struct Message {
  HeaderList header;
  std::string text;  ///< after the header
};

Message read(std::string_view whole) {
  HeaderReader reader(SIZE_MAX);
  const std::size_t taken = reader.feed(whole);
  reader.finish();
  std::string text = reader.take_overrun() + std::string(whole.substr(taken));
  return {reader.take(), std::move(text)};
}

/// All parts, one after the other: type and content.
std::string parts_of(const Message& message, unsigned seed) {
  std::string parts;
  int open = 0;
  MimeReader reader(message.header, {.begin =
                                         [&](const MimePart& part) {
                                           require(++open == 1, "parts do not overlap");
                                           parts += '\0' + part.content.type + '\0';
                                           return true;
                                         },
                                     .content =
                                         [&](std::string_view piece) {
                                           require(open == 1, "content belongs to a part");
                                           parts += piece;
                                         },
                                     .end = [&] { require(--open == 0, "each part ends once"); }});
  Splitter splitter(seed);
  for (std::size_t at = 0; at < message.text.size();) {
    const std::size_t size = splitter.next(message.text.size() - at);
    reader.feed(std::string_view(message.text).substr(at, size));
    at += size;
  }
  reader.finish();
  require(open == 0, "the last part ends");
  return parts;
}

void check_links(const MessageLinks& links) {
  require(links.domains.size() + links.addresses.size() <= MessageLinks::max_hosts,
          "no more hosts than the bound");
  require(!links.trouble, "the modules are there");
  const std::set<std::string> once(links.domains.begin(), links.domains.end());
  require(once.size() == links.domains.size(), "each domain once");
  for (const std::string& domain : links.domains) {
    require(dns::is_name(domain) && domain.contains('.'), "a domain may be asked about");
    require(lower(domain) == domain, "lower case");
  }
}

}  // namespace
}  // namespace smtpd::fuzz

int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace smtpd;
  using namespace smtpd::fuzz;
  Input input(data, size);
  const unsigned seed = input.octet();
  const Message message = read(input.rest());
  const std::string parts = parts_of(message, 0);
  require(parts_of(message, 1) == parts && parts_of(message, seed) == parts,
          "the parts are the same for every split");
  Body body;
  require(body.append(message.text).has_value(), "the text is kept");
  const auto links = find_message_links(message.header, body, {.fields = LinkSearch::Fields::yes});
  require(links.has_value(), "a message in memory can be read");
  check_links(*links);
  return 0;
}
