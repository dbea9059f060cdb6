#include "tests/crash/queue.hpp"

#include <algorithm>
#include <filesystem>

#include "lib/base/clock.hpp"
#include "plugins/queue/maildir_file.hpp"
#include "tests/support/files.hpp"

namespace smtpd::crash {
namespace {

namespace fs = std::filesystem;

std::vector<std::string> files_in(const std::string& directory) {
  std::vector<std::string> files;
  std::error_code error;
  for (fs::directory_iterator entry(directory, error), end; !error && entry != end;
       entry.increment(error))
    files.push_back(entry->path());
  return files;
}

class MaildirQueue final : public Queue {
 public:
  explicit MaildirQueue(Maildirs maildirs) : maildirs_(maildirs) {}

  std::vector<std::string> places(const Message& message) const override {
    if (maildirs_ == Maildirs::one) return {"mail"};
    std::vector<std::string> places;
    for (const std::string& recipient : message.recipients)
      places.push_back("mail/" + recipient.substr(0, recipient.find('@')));
    return places;
  }

  std::vector<std::string> read(const std::string& folder,
                                const std::string& place) const override {
    std::vector<std::string> texts;
    for (const char* sub : {"/new", "/cur"}) {
      for (const std::string& file : files_in(folder + '/' + place + sub))
        texts.push_back(transcript::read_file(file).value_or("(cannot be read)"));
    }
    return texts;
  }

  bool is_whole(const Message& message, const std::string& place,
                std::string_view text) const override {
    std::string head = "Return-Path: <" + message.sender + ">\n";
    for (const std::string& recipient : message.recipients) {
      if (maildirs_ == Maildirs::one || place == "mail/" + recipient.substr(0, recipient.find('@')))
        head += "Delivered-To: " + recipient + '\n';
    }
    head += "Authentication-Results: ";
    return text.starts_with(head) && text.ends_with('\n' + message.text);
  }

  bool is_visible(std::string_view path) const override {
    return path.find("/new/") != path.npos || path.find("/cur/") != path.npos;
  }

  std::vector<std::string> leftovers(const std::string& folder) const override {
    std::vector<std::string> left;
    std::error_code error;
    for (fs::recursive_directory_iterator entry(folder + "/mail", error), end;
         !error && entry != end; entry.increment(error)) {
      if (entry->path().parent_path().filename() == "tmp") left.push_back(entry->path());
    }
    return left;
  }

  void sweep(const std::string& folder, const std::string& place) const override {
    const WallTime later = SystemClock().wall() + std::chrono::hours(1);
    io::MaildirFile::sweep(folder + '/' + place, later);
  }

 private:
  Maildirs maildirs_;
};

}  // namespace

std::unique_ptr<Queue> maildir_queue(Maildirs maildirs) {
  return std::make_unique<MaildirQueue>(maildirs);
}

}  // namespace smtpd::crash
