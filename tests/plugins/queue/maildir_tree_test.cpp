#include "plugins/queue/maildir_tree.hpp"

#include <boost/test/unit_test.hpp>
#include <filesystem>
#include <map>
#include <random>
#include <string>
#include <vector>

#include "lib/base/text.hpp"
#include "tests/support/folder.hpp"

namespace fs = std::filesystem;
using smtpd::MaildirTree;
using smtpd::transcript::Folder;

namespace {

smtpd::CryptoSource& crypto() {
  static smtpd::CryptoModule module;
  return module;
}

std::string directory_of(const MaildirTree& tree, std::string_view user,
                         std::string_view host = "b.test") {
  const auto directory = tree.directory_of({.user = user, .host = host}, crypto());
  BOOST_REQUIRE_MESSAGE(directory, (directory ? std::string() : directory.error().what));
  return *directory;
}

/// Local parts of what is apt to be confused, the same ones in each run.
class Generator {
 public:
  std::string user() {
    const std::size_t most = one_of(4) == 0 ? 250 : 6;
    std::string text;
    for (std::size_t pieces = one_of(most + 1); pieces > 0; --pieces) text += piece();
    while (text.size() > 250) text.pop_back();  // perhaps between two characters
    return text;
  }
  /// The same with a small difference, or none.
  std::string neighbour(std::string text) {
    const std::size_t place = one_of(text.size() + 1);
    switch (one_of(6)) {
      case 0: return text.insert(place, piece());
      case 1: return text.replace(place, 1, piece());
      case 2: return text.erase(place, 1);
      case 3: return smtpd::lower(text);
      case 4: return text.substr(0, 249).append(piece());
      default: return text.empty() ? "_" : text.replace(text.size() - 1, 1, "_");
    }
  }
  std::string in_another_case(std::string text) {
    for (char& c : text)
      if (one_of(2) == 0) c = smtpd::to_upper(c);
    return text;
  }

 private:
  std::size_t one_of(std::size_t count) { return random_() % count; }
  std::string_view piece() {
    static constexpr auto pieces = std::to_array<std::string_view>({"a",
                                                                    "A",
                                                                    "b",
                                                                    "Z",
                                                                    "0",
                                                                    "_",
                                                                    ".",
                                                                    "..",
                                                                    "/",
                                                                    "\\",
                                                                    "\"",
                                                                    "%",
                                                                    "%2F",
                                                                    "%2f",
                                                                    "%25",
                                                                    "@",
                                                                    "+",
                                                                    "-",
                                                                    "=",
                                                                    ",",
                                                                    " ",
                                                                    "'",
                                                                    "*",
                                                                    "\xc3\xa9",
                                                                    "\xc3\x89",
                                                                    "e\xcc\x81",
                                                                    "\xe2\x82\xac",
                                                                    "\xf0\x9f\x93\xa7",
                                                                    "\xff",
                                                                    "x@b.test",
                                                                    "new",
                                                                    "~"});
    return pieces.at(one_of(pieces.size()));
  }
  std::mt19937 random_{20260102};
};

}  // namespace

BOOST_AUTO_TEST_SUITE(maildir_tree)

BOOST_AUTO_TEST_CASE(names) {
  const std::string longest(200, 'a');
  const struct {
    std::string_view pattern;
    MaildirTree::Rules rules;
    std::string user, path;
  } cases[] = {
      {"%d/%l", {}, "Anna.B+c_d-e=f,g", "b.test/anna.b+c_d-e=f,g"},
      {"%u", {}, "a@b c", "a@b%20c@b.test"},
      {"%l", {}, "../%2F", "..%2F%252f"},
      {"%l", {}, "..", "%2E%2E"},
      {"%l.", {}, ".", "%2E%2E"},
      {"%l", {}, "", "%"},
      {"in/%l-%d/X", {}, "U", "in/u-b.test/X"},
      {"%l", {}, "\xc3\x89t\xc3\xa9", "\xc3\x89t\xc3\xa9"},
      {"%l", {}, "\xc3\xa9\xff", "%C3%A9%FF"},
      {"%l", {}, longest, longest},
      {"%l", {.keeps_case = true}, "An na", "An%20na"},
      {"%l", {.qpsmtpd_names = true}, "An na", "An_na"},
      {"%l", {.qpsmtpd_names = true}, "..", "__"},
      {"%l", {.qpsmtpd_names = true}, "", "_"},
      {"%l",
       {.qpsmtpd_names = true},
       longest + longest.substr(0, 50),
       longest + longest.substr(0, 50)},
  };
  for (const auto& c : cases) {
    BOOST_TEST(directory_of(MaildirTree("/none", c.pattern, c.rules), c.user) ==
               "/none/" + std::string(c.path));
  }
}

BOOST_AUTO_TEST_CASE(a_long_name_is_cut) {
  const MaildirTree tree("/none", "%l", {});
  std::string user(139, 'a');
  for (int i = 0; i < 40; ++i) user += "\xc3\xa9";
  BOOST_TEST(directory_of(tree, user) ==
             "/none/" + user.substr(0, 139) +
                 "%3516e0937b090c5a4e871e7c166335786b1791cb51f6b21ee57d8f8f996800d0");
}

// Two recipients who differ in more than case never share a maildir, and each always finds his own.
BOOST_AUTO_TEST_CASE(pairs_of_recipients) {
  const Folder folder;
  Generator generator;
  int pairs = 0;
  for (const std::string_view pattern : {"%d/%l", "%u"}) {
    const std::string base = folder.path() + "/" + std::to_string(pairs);
    const MaildirTree tree(base, pattern, {});
    std::map<std::string, std::string> owners;  // directory -> local part without case
    for (const int end = pairs + 2500; pairs < end;) {
      const std::string one = generator.user();
      const std::string other = generator.neighbour(one);
      if (smtpd::lower(one) == smtpd::lower(other)) continue;
      ++pairs;
      for (const std::string& user : {one, other}) {
        const std::string path = directory_of(tree, user);
        const auto [owner, is_new] = owners.emplace(path, smtpd::lower(user));
        BOOST_REQUIRE_EQUAL(owner->second, smtpd::lower(user));
        BOOST_REQUIRE(fs::path(path).lexically_normal() == path);
        BOOST_REQUIRE(fs::path(path).parent_path() == (pattern == "%u" ? base : base + "/b.test"));
        BOOST_REQUIRE_EQUAL(fs::create_directories(path), is_new);
        BOOST_REQUIRE_EQUAL(directory_of(tree, generator.in_another_case(user)), path);
      }
      BOOST_REQUIRE_NE(directory_of(tree, one), directory_of(tree, other));
    }
  }
  BOOST_TEST(pairs == 5000);
}

BOOST_AUTO_TEST_SUITE_END()
