/// Sets the notes that other plugins read, as its arguments say, so that transcripts can show what
/// those plugins make of them. Of the connection, before the hook connect: whitelisthost 0|1,
/// karma_history N, earlytalker_wait SECONDS, authentication_results TEXT. Of the transaction:
/// whitelistsender and discard_mail, each 0, 1 or the sender for whom it is set. Further: front
/// TEXT adds a field X-Front on top of the header in data_post_headers; dirty 1 answers HELP and
/// NOOP, writes a log line and adds a field X-Dirty, all with control octets in them. In TEXT `_`
/// is a blank.
#include "lib/plugin/checker.hpp"
#include "plugins/discard_mail.hpp"
#include "plugins/early_talk.hpp"

using namespace smtpd;

namespace {

using namespace std::string_view_literals;
constexpr std::string_view dirty_text =
    "one\rtwo\x1b[31m\x07three\x7f"
    "four\0five"sv;

std::string decoded(std::string_view word) {
  std::string text(word);
  for (char& c : text) c = c == '_' ? ' ' : c;
  return text;
}

/// `METHOD=RESULT NAME=VALUE ...`.
AuthenticationResult result_of(std::string_view text) {
  AuthenticationResult result;
  for (const std::string_view word : words(text)) {
    const auto equals = word.find('=');
    std::string name(word.substr(0, equals)), value(word.substr(equals + 1));
    if (result.method.empty()) {
      result.method = std::move(name);
      result.result = std::move(value);
    } else {
      result.properties.push_back({std::move(name), std::move(value)});
    }
  }
  return result;
}

class Marks final : public Plugin {
 public:
  explicit Marks(PluginContext& ctx)
      : Plugin(ctx),
        whitelisthost_(ctx.args.flag("whitelisthost", false)),
        dirty_(ctx.args.flag("dirty", false)),
        karma_history_(ctx.args.number("karma_history", 0, -1000, 1000)),
        earlytalker_wait_(ctx.args.number("earlytalker_wait", none, -1000, 1000)),
        whitelistsender_(ctx.args.text("whitelistsender", "0")),
        discard_mail_(ctx.args.text("discard_mail", "0")),
        authentication_results_(decoded(ctx.args.text("authentication_results", ""))),
        front_(decoded(ctx.args.text("front", ""))) {}

  Result on_pre_connection(const PreConnection&) {
    Notes& notes = ctx().connection().notes;
    notes.set(note::whitelisthost, bool{whitelisthost_});
    notes.set(note::karma_history, std::int64_t{karma_history_});
    if (earlytalker_wait_ != none)
      notes.set(note::earlytalker_wait, std::int64_t{earlytalker_wait_});
    if (!authentication_results_.empty())
      ctx().connection().authentication_results.add(result_of(authentication_results_));
    return declined();
  }
  Result on_mail(Transaction& txn, const Address& sender, const Parameters&) {
    txn.notes.set(note::whitelistsender, is_for(whitelistsender_, sender));
    txn.notes.set(note::discard_mail, is_for(discard_mail_, sender));
    return declined();
  }
  Result on_data_post_headers(Transaction& txn) {
    if (!front_.empty()) txn.header.add_front("X-Front", front_);
    if (dirty_)
      txn.header.add_front("X-Dirty", "begin\nBcc: x@evil.test\r\n\r\n" + std::string(dirty_text));
    return declined();
  }
  Result on_help(Connection&, const CommandLine&) {
    return dirty_ ? ok("first\r\n\r\n" + said()) : declined();
  }
  Result on_noop(Connection&, const CommandLine&) { return dirty_ ? deny(said()) : declined(); }

 private:
  static constexpr std::int64_t none = -1'000'000;

  static bool is_for(const std::string& told, const Address& sender) {
    return told == "1" || told == sender.plain();
  }
  std::string said() const {
    log(Level::info, "says " + std::string(dirty_text));
    return std::string(dirty_text);
  }

  bool whitelisthost_, dirty_;
  std::int64_t karma_history_, earlytalker_wait_;
  std::string whitelistsender_, discard_mail_, authentication_results_, front_;
};

}  // namespace

SMTPD_PLUGIN(Marks, "marks", pre_connection, mail, data_post_headers, help, noop)
