#include "tests/crash/scenario.hpp"

#include <sys/stat.h>

#include <expected>
#include <filesystem>

#include "lib/base/text.hpp"
#include "tests/support/files.hpp"

namespace smtpd::crash {
namespace {

/// A message that is told from others by its number.
Message message(unsigned number, std::size_t octets, std::vector<std::string> recipients) {
  Message result{"a@b.test", std::move(recipients),
                 "Subject: message " + std::to_string(number) + "\n\nThe first line.\n"};
  while (result.text.size() < octets) result.text += "A line of the message.\n";
  result.text += "The last line of message " + std::to_string(number) + ".\n";
  return result;
}

std::string comments(std::size_t octets) {
  std::string text;
  while (text.size() < octets)
    text += "# A line of a file that somebody has explained at length.\n";
  return text;
}

std::vector<std::string> everyone() { return {"u@example.com", "v@example.com", "w@example.com"}; }

}  // namespace

std::string Injection::text() const {
  return calls + ':' + what + (when.empty() ? "" : ":when=" + when);
}

std::vector<Scenario> scenarios() {
  const std::shared_ptr<const Queue> one = maildir_queue(Maildirs::one),
                                     each = maildir_queue(Maildirs::each);
  constexpr std::size_t small = 100, spooled = 3000, in_memory = 200'000;
  const std::map<std::string, std::string> to_one{{"plugins", "rcpt_ok\nqueue/maildir $TMP/mail"}},
      to_each{{"plugins", "rcpt_ok\nqueue/maildir $TMP/mail %l"}, {"size_threshold", "1000"}};
  const std::vector<std::string> maildir{"mail", "mail/new", "mail/cur", "mail/tmp"};
  return {
      {.name = "a first message",
       .config = to_one,
       .messages = {message(1, small, {"u@example.com"})},
       .queue = one},
      {.name = "a maildir that is there",
       .config = to_one,
       .messages = {message(1, small, {"u@example.com"}), message(2, small, everyone())},
       .queue = one,
       .directories = maildir},
      {.name = "a spooled message for three maildirs",
       .config = to_each,
       .messages = {message(1, spooled, everyone())},
       .queue = each},
      {.name = "two messages for three maildirs",
       .config = to_each,
       .messages = {message(1, small, everyone()), message(2, spooled, everyone())},
       .queue = each,
       .directories = {"mail"}},
      {.name = "a file system that only links",
       .config = to_each,
       .messages = {message(1, small, everyone())},
       .queue = each,
       .always = {{"renameat2", "error=EINVAL"}}},
      {.name = "a long configuration",
       .config = {{"plugins", comments(in_memory) + "rcpt_ok\nqueue/maildir $TMP/mail"}},
       .messages = {message(1, small, {"u@example.com"})},
       .queue = one,
       .directories = maildir},
      {.name = "a message in memory",
       .config = to_one,
       .messages = {message(1, in_memory, {"u@example.com"})},
       .queue = one,
       .directories = maildir},
      {.name = "a large spooled message",
       .config = to_each,
       .messages = {message(1, in_memory, {"u@example.com"})},
       .queue = each},
  };
}

std::expected<void, std::string> prepare(const Scenario& scenario, const std::string& folder) {
  std::map<std::string, std::string> config = scenario.config;
  config["me"] = "mx.test";
  config["rcpthosts"] = "example.com";
  config["spool_dir"] = "$TMP/spool";
  for (auto [key, text] : config) {
    if (const auto at = text.find("$TMP"); at != text.npos) text.replace(at, 4, folder);
    if (auto written = transcript::write_file(folder + "/config/" + key, text + '\n'); !written)
      return written;
  }
  ::mkdir((folder + "/spool").c_str(), 0700);
  for (const std::string& directory : scenario.directories)
    ::mkdir((folder + '/' + directory).c_str(), 0700);
  return {};
}

}  // namespace smtpd::crash
