#pragma once
/// A queue as its readers see it: where the copies of a message are, and which files are visible.
#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace smtpd::crash {

/// What a client sends.
struct Message {
  std::string sender;
  std::vector<std::string> recipients;
  std::string text;  ///< header and body, with LF line ends
};

class Queue {
 public:
  virtual ~Queue() = default;
  /// Where a copy of the message belongs: names that the other functions take.
  virtual std::vector<std::string> places(const Message& message) const = 0;
  /// All messages that a reader finds at a place now.
  virtual std::vector<std::string> read(const std::string& folder,
                                        const std::string& place) const = 0;
  /// True if `text` is all of the message, as it has to lie at that place.
  virtual bool is_whole(const Message& message, const std::string& place,
                        std::string_view text) const = 0;
  /// True for a file that readers of the queue take for a message.
  virtual bool is_visible(std::string_view path) const = 0;
  /// Files that nobody will ever read: what a killed process may leave, and no other.
  virtual std::vector<std::string> leftovers(const std::string& folder) const = 0;
  /// What the server does about those, some days later. Nothing if that is not its business.
  virtual void sweep(const std::string& folder, const std::string& place) const = 0;
};

/// queue/maildir below `folder`/mail: one maildir for all, or, with `%l`, one for each.
enum class Maildirs { one, each };
std::unique_ptr<Queue> maildir_queue(Maildirs maildirs);

}  // namespace smtpd::crash
