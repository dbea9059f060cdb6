#include "plugins/discard_mail.hpp"

#include "lib/plugin/plugin.hpp"

namespace smtpd {

/// Drops the messages that another plugin marked, and says that they were queued. See
/// doc/plugins/discard_mail.md.
class DiscardMail final : public Plugin {
 public:
  explicit DiscardMail(PluginContext& ctx) : Plugin(ctx) {
    ctx.keep_require_tls();  // what is dropped goes no further
  }

  Lines on_route(const Transaction& txn, const Address&) {
    return txn.notes.has(note::discard_mail) ? Lines{"nowhere: it is discarded"} : Lines();
  }

  Result on_queue(Transaction& txn) {
    if (!txn.notes.has(note::discard_mail)) return declined();
    log(Level::notice, "discarded a message from " + txn.sender->text());
    return ok(txn.queued_text());
  }
};

SMTPD_PLUGIN(DiscardMail, "discard_mail", route, queue)

}  // namespace smtpd
