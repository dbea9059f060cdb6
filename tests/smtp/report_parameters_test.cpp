#include "lib/smtp/report_parameters.hpp"

#include <boost/test/unit_test.hpp>
#include <string>
#include <string_view>

using namespace std::literals;

namespace {

template <class T>
std::string error_of(const std::expected<T, smtpd::Error>& result) {
  return result ? "none" : result.error().what;
}

std::string means(std::string_view notify) {
  const auto report = smtpd::parse_notify(notify, {});
  if (!report) return report.error().what;
  std::string text;
  if (report->never) text += 'N';
  if (report->success) text += 'S';
  if (report->failure) text += 'F';
  if (report->delay) text += 'D';
  BOOST_TEST(report->said);
  return text;
}

}  // namespace

BOOST_AUTO_TEST_CASE(report_notify) {
  BOOST_TEST(means("NEVER") == "N");
  BOOST_TEST(means("never") == "N");
  BOOST_TEST(means("SUCCESS") == "S");
  BOOST_TEST(means("SUCCESS,FAILURE,DELAY") == "SFD");
  BOOST_TEST(means("delay,Success") == "SD");
  const std::string words = "NOTIFY is NEVER or a list of SUCCESS, FAILURE and DELAY";
  for (const std::string_view wrong :
       {"", "SUCCESS,", ",SUCCESS", "SUCCESS FAILURE", "ALWAYS", "SUCCESS,,FAILURE", "SUCCES"})
    BOOST_TEST(means(wrong) == words);
  for (const std::string_view wrong :
       {"NEVER,SUCCESS", "SUCCESS,NEVER", "NEVER,NEVER", "FAILURE,DELAY,NEVER"})
    BOOST_TEST(means(wrong) == "NOTIFY has NEVER alone");
  BOOST_TEST(means("SUCCESS,success") == "NOTIFY has a word twice");
}

BOOST_AUTO_TEST_CASE(report_xtext) {
  BOOST_TEST(smtpd::decode_xtext("a+2Bb+3Dc+20d").value() == "a+b=c d");
  BOOST_TEST(smtpd::decode_xtext("").value().empty());
  for (const std::string_view wrong : {"+", "+2", "a+2b", "+2G", "+-1", "a=b", "a b", "a\x7f",
                                       "\xc3\xa4", "+0A", "+7F", "+C3+A4", "+00"})
    BOOST_TEST(!smtpd::decode_xtext(wrong).has_value(), wrong);
}

BOOST_AUTO_TEST_CASE(report_envelope_id_and_ret) {
  BOOST_TEST(smtpd::parse_envelope_id("QQ314159").value() == "QQ314159");
  BOOST_TEST(smtpd::parse_envelope_id(std::string(100, 'x')).value().size() == 100U);
  BOOST_TEST(error_of(smtpd::parse_envelope_id(std::string(101, 'x'))) ==
             "ENVID is longer than 100 octets");
  BOOST_TEST(error_of(smtpd::parse_envelope_id("")) == "ENVID needs a value");
  BOOST_TEST(error_of(smtpd::parse_envelope_id("a+0Ab")) ==
             "ENVID has an octet in it that is not printable ASCII");
  BOOST_TEST((smtpd::parse_ret("FULL") == smtpd::MailReport::Return::full));
  BOOST_TEST((smtpd::parse_ret("hdrs") == smtpd::MailReport::Return::headers));
  BOOST_TEST(error_of(smtpd::parse_ret("")) == "RET is FULL or HDRS");
  BOOST_TEST(error_of(smtpd::parse_ret("FULL,HDRS")) == "RET is FULL or HDRS");
}

BOOST_AUTO_TEST_CASE(report_original_recipient) {
  const auto report = smtpd::parse_original_recipient("RFC822;Bob+2BX@Example.COM", {});
  BOOST_TEST(report.value().original_type == "rfc822");
  BOOST_TEST(report.value().original_address == "Bob+X@Example.COM");
  BOOST_TEST(smtpd::parse_original_recipient("x400;a;b", {}).value().original_address == "a;b");
  BOOST_TEST(smtpd::parse_original_recipient("rfc822;" + std::string(493, 'x'), {}).has_value());
  BOOST_TEST(error_of(smtpd::parse_original_recipient("rfc822;" + std::string(494, 'x'), {})) ==
             "ORCPT is longer than 500 octets");
  for (const std::string_view wrong : {"", "rfc822", "rfc822;", ";a", "rfc 822;a", "r\xc3;a"})
    BOOST_TEST(error_of(smtpd::parse_original_recipient(wrong, {})) == "ORCPT is TYPE;ADDRESS",
               wrong);
  BOOST_TEST(error_of(smtpd::parse_original_recipient("rfc822;a=b", {})) == "ORCPT is no xtext");
}
