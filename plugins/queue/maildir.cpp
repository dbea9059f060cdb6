#include <sys/stat.h>

#include <algorithm>
#include <iterator>
#include <optional>
#include <set>
#include <vector>

#include "lib/base/directory.hpp"
#include "lib/base/text.hpp"
#include "lib/io/sweep.hpp"
#include "lib/kit/umasks.hpp"
#include "lib/plugin/plugin.hpp"
#include "plugins/queue/maildir_file.hpp"
#include "plugins/queue/maildir_tree.hpp"

namespace smtpd {
namespace {

bool is_directory_char(char c) {
  return is_alnum(c) || std::string_view("_-/. +@=,:%").find(c) != std::string_view::npos;
}

/// A line of the header.
void append_line(std::string& head, std::string_view name, std::string_view value) {
  append_printable(head.append(name), value);
  head += '\n';
}

unsigned to_mode(std::string_view text) {
  if (text.size() != 3 || text.find_first_not_of("01234567") != text.npos) {
    throw ConfigError("the mode is three octal digits, not '" + printable(text) + '\'');
  }
  return static_cast<unsigned>((text[0] - '0') * 64 + (text[1] - '0') * 8 + (text[2] - '0'));
}

}  // namespace

/// Delivers into maildirs, for one all recipients or for each its own. See
/// doc/plugins/queue/maildir.md.
class Maildir final : public Plugin {
 public:
  explicit Maildir(PluginContext& ctx) : Plugin(ctx) {
    ctx.enforce();
    ctx.keep_require_tls();  // the message goes no further
    const auto directory = ctx.args.positional();
    if (!directory) throw ConfigError("it needs a directory");
    if (!std::ranges::all_of(*directory, is_directory_char) ||
        directory->find('%') != directory->npos) {
      throw ConfigError("the directory may have letters, digits and _-/.+@=,: in it, not '" +
                        printable(*directory) + '\'');
    }
    directory_ = *directory;
    while (directory_.size() > 1 && directory_.ends_with('/')) directory_.pop_back();
    const MaildirTree::Rules rules{
        .keeps_case = ctx.args.choice("case", {"fold", "keep"}, "fold") == "keep",
        .qpsmtpd_names =
            ctx.args.choice("names", {"distinct", "qpsmtpd"}, "distinct") == "qpsmtpd"};
    if (const auto pattern = ctx.args.positional()) tree_.emplace(directory_, *pattern, rules);
    if (const auto mode = ctx.args.positional()) mode_ = to_mode(*mode);
  }

  Lines on_route(const Transaction&, const Address& rcpt) {
    const auto place = place_of(rcpt);
    if (!place) return {place.error().what};
    const bool is_there = status_of(place->directory + "/new").has_value();
    const std::string reason = is_there ? why_no_mail(place->directory) : std::string();
    Lines lines{"the maildir " + place->directory + (is_there ? "" : ", which is not there yet")};
    if (!reason.empty()) lines.push_back("no mail can be written: " + reason);
    return lines;
  }

  Result on_queue(Transaction& txn) {
    const auto list = copies(txn);
    if (!list) return failed("queue error (open)", list.error());
    std::vector<io::MaildirFile> files;
    for (const Copy& copy : *list) {
      remember(copy.directory);
      auto file = io::MaildirFile::create(copy.directory, mode_, ctx().clock());
      if (!file) return failed("queue error (open)", file.error());
      if (file->has_new_directory()) look_beside(copy);
      if (const auto written = txn.write_to(file->fd(), copy.head); !written) {
        return failed("queue error (write)", written.error());
      }
      if (const auto done = file->finish(); !done)
        return failed("queue error (close)", done.error());
      files.push_back(std::move(*file));
    }
    if (const auto published = publish(files); !published) {
      for (io::MaildirFile& file : files)
        file.withdraw();  // so that the sender's next try leaves no copy twice
      return failed("queue error (link)", published.error());
    }
    for (const io::MaildirFile& file : files) txn.places.add(file.path());
    if (logs(Level::info))
      log(Level::info, "queued as " + (files.empty() ? "nothing" : txn.places.text()));
    return ok(txn.queued_text());
  }

  void on_check() {
    if (tree_) tree_->check([this](const std::string& text) { log(Level::warn, text); });
    check_writable();
    check_mode();
  }

  /// The client has gone: there is time to look at what others have left.
  void on_post_connection(Connection&) {
    if (!io::sweep_is_due(ctx().clock())) return;
    const WallTime before = ctx().clock().wall() - io::sweep_age;
    for (const std::string& directory : used_) {
      if (const std::size_t removed = io::MaildirFile::sweep(directory, before); removed > 0)
        log(Level::notice, "removed " + std::to_string(removed) +
                               " old files that killed processes have left in " + directory +
                               "/tmp");
    }
  }

 private:
  static constexpr std::size_t most_swept = 100;  // maildirs in one session
  static constexpr std::size_t most_told = 20;    // that cannot be written
  static constexpr std::size_t usual_head = 128;  // octets of Return-Path and Delivered-To
  struct Copy {
    std::string directory, head;
    Address owner;  // the first recipient, without his detail
  };

  void check_writable() {
    std::vector<std::string> all{directory_};
    if (tree_) std::ranges::move(tree_->existing(), std::back_inserter(all));
    std::set<std::string> reasons;  // of one directory, or a parent of several
    for (const std::string& directory : all) {
      std::string reason = why_no_mail(directory);
      if (!reason.empty()) reasons.insert(std::move(reason));
    }
    std::size_t told = 0;
    for (const std::string& reason : reasons) {
      if (told == most_told) return told_enough(reasons.size() - told);
      ++told;
      tell_unwritable(reason);
    }
  }

  /// A maildir itself need not be writable.
  static std::string why_no_mail(const std::string& directory) {
    if (!status_of(directory + "/tmp")) return why_not_writable(directory);
    const std::string reason = why_not_writable(directory + "/tmp");
    return reason.empty() ? why_not_writable(directory + "/new") : reason;
  }

  /// Who runs the check may be in another directory than the server will be.
  void tell_unwritable(const std::string& reason) {
    if (directory_.starts_with('/')) return ctx().problem("no mail can be written: " + reason);
    log(Level::warn, "no mail can be written: " + reason +
                         ", in the directory of this process; the server begins in one of its own");
  }
  void told_enough(std::size_t left_out) const {
    log(Level::warn, "no mail can be written to " + std::to_string(left_out) +
                         " more directories in " + directory_);
  }

  /// What new directories lack of the mode that the administrator wants.
  void check_mode() {
    for (const auto& [mask, where] : masks_of_server(ctx().connection()))
      if ((mode_ & mask) != 0)
        log(Level::warn,
            "the mode " + octal(mode_, 3) + " becomes " + octal(mode_ & ~mask, 3) + " by " + where);
  }

  /// Where the message goes, and what stands in front of it there.
  std::expected<std::vector<Copy>, Error> copies(const Transaction& txn) const {
    std::string return_path;
    return_path.reserve(usual_head);
    append_line(return_path, "Return-Path: ", txn.sender->text());
    std::vector<Copy> list;
    for (const Recipient& rcpt : txn.recipients) {
      auto place = place_of(rcpt.address);
      if (!place) return std::unexpected(std::move(place.error()));
      auto copy = std::ranges::find(list, place->directory, &Copy::directory);
      if (copy == list.end()) {
        place->head = return_path;
        copy = list.insert(copy, std::move(*place));
      }
      append_line(copy->head, "Delivered-To: ", rcpt.address.mailbox());
      if (rcpt.renamed_from)
        append_line(copy->head, "X-Original-To: ", rcpt.renamed_from->mailbox());
    }
    return list;
  }

  /// Where a recipient's mail goes, and whose it is: his who is called so, detail and all, if that
  /// one has a directory; else his who is called so without the detail.
  std::expected<Copy, Error> place_of(const Address& rcpt) const {
    if (!tree_) return Copy{directory_, {}, rcpt};
    CryptoSource& crypto = ctx().services().crypto;
    const std::string host = rcpt.host_or(ctx().me());
    auto directory = tree_->directory_of({rcpt.user(), host}, crypto);
    if (!directory) return std::unexpected(directory.error());
    const auto owner = ctx().without_detail(rcpt);
    if (!owner) return std::unexpected(owner.error());
    const auto info = status_of(*directory);
    if (!*owner || (info && S_ISDIR(info->st_mode))) return Copy{std::move(*directory), {}, rcpt};
    const std::string& user = (*owner)->user();
    const std::string_view detail = std::string_view(rcpt.user()).substr(user.size() + 1);
    directory = tree_->directory_of({user, host, detail}, crypto);
    if (!directory) return std::unexpected(directory.error());
    return Copy{std::move(*directory), {}, **owner};
  }

  /// Mail in two places is easily overlooked, so whoever makes the second one says so.
  void look_beside(const Copy& copy) const {
    if (!tree_) return;
    const auto twin = tree_->twin_of({copy.owner.user(), copy.owner.host_or(ctx().me())},
                                     ctx().services().crypto);
    if (twin)
      log(Level::notice, "info, made " + copy.directory + " for " + copy.owner.text() +
                             ", whose earlier mail may be in " + *twin);
  }

  static std::expected<void, Error> publish(std::vector<io::MaildirFile>& files) {
    for (io::MaildirFile& file : files) {
      if (auto done = file.publish(); !done) return done;
      if (auto done = file.sync_directory(); !done) return done;
    }
    return {};
  }

  void remember(const std::string& directory) {
    if (used_.size() < most_swept && std::ranges::find(used_, directory) == used_.end())
      used_.push_back(directory);
  }

  Result failed(std::string_view what, const Error& error) const {
    log(Level::error, "error, " + std::string(what) + ": " + error.what);
    return dsn::trouble("The message cannot be stored now, try again later", error);
  }

  std::string directory_;
  std::optional<MaildirTree> tree_;  // none: one maildir for all
  std::vector<std::string> used_;    // maildirs, by this session
  unsigned mode_ = 0700;
};

SMTPD_PLUGIN(Maildir, "queue/maildir", route, queue, post_connection, check)

}  // namespace smtpd
