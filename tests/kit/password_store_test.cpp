#include "lib/kit/password_store.hpp"

#include <boost/test/unit_test.hpp>
#include <string>

#include "tests/support/loaded.hpp"

using namespace smtpd;

namespace {

/// Answers as it is told, and counts how often it is asked.
class FakeStore final : public PasswordStore {
 public:
  using PasswordStore::PasswordStore;
  PasswordCheck answer = PasswordOutcome::unknown();
  std::string asked;

 private:
  PasswordCheck check(const std::string& user, const std::string& password) override {
    asked += user + '/' + password + ' ';
    return answer;
  }
};

class FakeList final : public StoredPasswords {
 public:
  using StoredPasswords::StoredPasswords;
  FoundPassword answer = std::nullopt;

 private:
  FoundPassword find(std::string_view) override { return answer; }
};

struct Fixture {
  transcript::Loaded loaded{""};
  PluginContext ctx{loaded.host(), "store", {}, {}};
  Result ask(PasswordStore& store, const std::string& password) {
    return store.on_password(
        loaded.conn(), {.mechanism = "plain", .user = "anna@example.com", .password = password});
  }
  std::string authuser() { return loaded.conn().notes.text(note::authuser.name).value_or(""); }
};

}  // namespace

BOOST_FIXTURE_TEST_SUITE(password_store, Fixture)

BOOST_AUTO_TEST_CASE(what_the_store_says) {
  FakeStore store(ctx);
  const struct {
    PasswordCheck answer;
    Verdict verdict;
    std::string text;
  } cases[] = {
      {PasswordOutcome::wrong("not this one"), Verdict::deny, "not this one"},
      {PasswordOutcome::unknown(), Verdict::declined, "unknown user or wrong password"},
      {PasswordOutcome::unknown("nobody"), Verdict::declined, "nobody"},
      {std::unexpected(Error{Errc::io, "it is down"}), Verdict::denysoft, "it is down"},
  };
  for (const auto& c : cases) {
    store.answer = c.answer;
    const Result result = ask(store, "secret");
    BOOST_TEST((result.verdict == c.verdict));
    BOOST_TEST(result.text == c.text);
    BOOST_TEST(authuser().empty());
  }
}

BOOST_AUTO_TEST_CASE(who_has_authenticated) {
  FakeStore store(ctx);
  store.answer = PasswordOutcome::accepted();
  BOOST_TEST((ask(store, "secret").verdict == Verdict::ok));
  BOOST_TEST(authuser() == "anna@example.com");
  store.answer = PasswordOutcome::accepted("anna");
  BOOST_TEST((ask(store, "secret").verdict == Verdict::ok));
  BOOST_TEST(authuser() == "anna");
  BOOST_TEST(store.asked == "anna@example.com/secret anna@example.com/secret ");
}

// For some stores an empty password is everybody's, and some would read another one up to a NUL.
BOOST_AUTO_TEST_CASE(passwords_that_no_store_gets) {
  FakeStore store(ctx);
  store.answer = PasswordOutcome::accepted();
  BOOST_TEST((ask(store, "").verdict == Verdict::deny));
  BOOST_TEST((ask(store, std::string("secret\0x", 8)).verdict == Verdict::deny));
  BOOST_TEST(store.asked.empty());
  BOOST_TEST(authuser().empty());
}

BOOST_AUTO_TEST_CASE(stored_passwords) {
  FakeList list(ctx);
  BOOST_TEST((ask(list, "secret").verdict == Verdict::declined));
  BOOST_TEST(!*list.on_credentials(loaded.conn(), "anna"));
  list.answer = StoredPassword{.credentials = {.password = "secret"}};
  BOOST_TEST((ask(list, "secret").verdict == Verdict::ok));
  BOOST_TEST((ask(list, "Secret").verdict == Verdict::deny));
  BOOST_TEST((*list.on_credentials(loaded.conn(), "anna"))->password.value() == "secret");
  list.answer = StoredPassword{};
  BOOST_TEST(ask(list, "secret").text == "no password");
  list.answer = StoredPassword{.credentials = {.password = "secret"}, .barred = "on leave"};
  const Result barred = ask(list, "secret");
  BOOST_TEST((barred.verdict == Verdict::deny));
  BOOST_TEST(barred.text == "on leave");
  BOOST_TEST(!(*list.on_credentials(loaded.conn(), "anna"))->password);
  list.answer = std::unexpected(Error{Errc::io, "it is down"});
  BOOST_TEST((ask(list, "secret").verdict == Verdict::denysoft));
  BOOST_TEST((list.on_credentials(loaded.conn(), "anna").error().verdict == Verdict::denysoft));
}

BOOST_AUTO_TEST_SUITE_END()
