//! The operations that are used: how many calls a second each takes, and what the service's codes mean.
//!
//! Pure tables and the reading of one answer.

use std::time::Duration;

use serde_json::Value as Json;
use trunkline_http::{Meaning, Received, VendorError};

use crate::json::{member, text};

/// Calls a second of an operation where no limit is published [assumed].
const USUAL_LIMIT: u32 = 5;

/// Calls a second of each operation for one account [public]; the vendor counts each operation by itself, as the name
/// of its header `x-ratelimit-user-api` says [assumed].
const LIMITS: [(&str, u32); 5] = [
    ("QueryChatappPhoneNumbers", 10),
    ("UpdatePhoneWebhook", 10),
    ("UpdateAccountWebhook", 10),
    ("CreateChatappTemplate", 50),
    ("ModifyChatappTemplate", 50),
];

/// Calls a second that an operation takes.
pub(crate) fn limit(operation: &str) -> u32 {
    let found = LIMITS.iter().find(|(name, _)| *name == operation);
    found.map_or(USUAL_LIMIT, |(_, limit)| *limit)
}

/// Operations of the console's panels, which nobody has published: names are [assumed], and the provider block's
/// `action_names` and `parameter_names` replace them.
pub(crate) const UNPUBLISHED: [&str; 15] = [
    "CreateBusinessSystem",
    "QueryBusinessSystem",
    "ListBusinessSystem",
    "UpdateBusinessSystem",
    "RefreshBusinessSystemSignature",
    "DeleteBusinessSystem",
    "CreateIntent",
    "QueryIntent",
    "ListIntent",
    "UpdateIntent",
    "DeleteIntent",
    "GetSmsSetting",
    "UpdateSmsSetting",
    "GetOtpScheduleSetting",
    "UpdateOtpScheduleSetting",
];

/// Their parameters and members.
pub(crate) const UNPUBLISHED_PARAMETERS: [&str; 17] = [
    "CustSpaceId",
    "SystemId",
    "SystemName",
    "ApiUrl",
    "Signature",
    "Remark",
    "PageIndex",
    "PageSize",
    "TotalCount",
    "IntentCode",
    "IntentName",
    "IntentData",
    "SmsFlag",
    "ScheduleFlag",
    "CountryList",
    "OwnNumberFlag",
    "Data",
];

/// What an answer means: `Code` tells, with any status [assumed]; throttling says in headers how long to wait.
pub(crate) fn meaning(received: &Received<'_>) -> Meaning {
    let literal = Meaning::literal(received);
    let (code, refused) = match received.json() {
        Some(json) if json.is_object() => {
            let refused = member(&json, "Success") == Some(&Json::Bool(false));
            (text(&json, "Code").unwrap_or_default(), refused)
        }
        _ => {
            let body = String::from_utf8_lossy(received.body);
            (tag(&body, "Code").unwrap_or_default().to_owned(), false)
        }
    };
    let well = (200..300).contains(&literal.status);
    let status = match code.as_str() {
        "" | "OK" if well && refused => 400,
        // A proxy's 404 does not say that an object is gone.
        "" | "OK" if matches!(literal.status, 404 | 410) => 400,
        "" | "OK" => literal.status,
        code => status(code, literal.status),
    };
    Meaning {
        status,
        wait: match status {
            429 => time_left(received).or(literal.wait),
            _ => literal.wait,
        },
    }
}

/// The status that says what a code means.
fn status(code: &str, received: u16) -> u16 {
    let starts = |with: &str| code.starts_with(with);
    if starts("Throttling") || matches!(code, "System.LimitControl" | "SignatureNonceUsed") {
        return 429;
    }
    if starts("InvalidAccessKeyId")
        || starts("InvalidTimeStamp")
        || matches!(
            code,
            "IllegalTimestamp" | "SignatureDoesNotMatch" | "IncompleteSignature"
        )
    {
        return 401;
    }
    if matches!(
        code,
        "Forbidden.RAM" | "Ram.PermissionDeny" | "Authentication.NoAuth" | "Product.Unsubscript"
    ) {
        return 403;
    }
    // An operation that does not exist is not an object that does not exist.
    if starts("InvalidApi") || starts("InvalidAction") {
        return 400;
    }
    if code.ends_with("NotExist") {
        return 404;
    }
    match code {
        "ServiceUnavailable" => 503,
        "InternalError" => 500,
        _ => match received {
            404 | 410 => 400,
            400.. => received,
            _ => 400,
        },
    }
}

/// The larger `TimeLeft` of the two throttling headers, in milliseconds [assumed].
fn time_left(received: &Received<'_>) -> Option<Duration> {
    let left = |name: &str| {
        let pairs = received.header(name)?.split(',');
        let values = pairs.filter_map(|pair| pair.trim().split_once(':'));
        let mut left = values.filter(|(key, _)| *key == "TimeLeft");
        left.next()?.1.trim().parse::<u64>().ok()
    };
    let left = ["x-ratelimit-user-api", "x-ratelimit-user"]
        .into_iter()
        .filter_map(left)
        .max()?;
    Some(Duration::from_millis(left))
}

/// What an error says.
pub(crate) fn error_body(body: &Json) -> VendorError {
    if let Some(xml) = body.as_str() {
        let inside = |name: &str| tag(xml, name).unwrap_or_default().to_owned();
        return VendorError {
            message: inside("Message"),
            code: inside("Code"),
            context_id: inside("RequestId"),
        };
    }
    let told = |name: &str| text(body, name).unwrap_or_default();
    let mut message = told("Message");
    if message.is_empty() || message.eq_ignore_ascii_case("null") {
        message = told("Description");
    }
    let denied = member(body, "AccessDeniedDetail");
    if let Some(action) = denied.and_then(|detail| text(detail, "AuthAction")) {
        message.push_str(&format!(" The action is {action}."));
    }
    VendorError {
        message,
        code: told("Code"),
        context_id: told("RequestId"),
    }
}

/// The text of an XML element.
fn tag<'t>(xml: &'t str, name: &str) -> Option<&'t str> {
    let (_, rest) = xml.split_once(&format!("<{name}>"))?;
    Some(rest.split_once(&format!("</{name}>"))?.0.trim())
}

/// What to do about a code, where more can be said than what the general advice has.
pub(crate) fn advice(code: &str, unpublished: bool) -> Option<&'static str> {
    let text = match code {
        "Product.Unsubscript" => {
            "The service is not activated on this account. Activate it in the console, then run the command again."
        }
        "Unknown.ResourceOwnerId" => {
            "The channel does not exist, or belongs to another account. Check its id and whose access key it is."
        }
        "InvalidParameter.SendSmsNotSupport" => {
            "SMS is not available here: Activate SMS is probably off on the channel."
        }
        _ if code.starts_with("InvalidTimeStamp") || code == "IllegalTimestamp" => {
            "The clock of this machine differs from the vendor's by more than 15 minutes. Set it, then run the command again."
        }
        _ if (code.starts_with("InvalidApi") || code.starts_with("InvalidAction"))
            && unpublished =>
        {
            "The service has no such operation: the names of the calls to the console's panels are not published. Set mode = \
             \"manual\" in the provider block and do it by hand, or give the real names in action_names and parameter_names."
        }
        _ => return None,
    };
    Some(text)
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn codes_mean_what_the_table_says() {
        let table = [
            ("Throttling.Api", 400, 429),
            ("System.LimitControl", 400, 429),
            ("SignatureNonceUsed", 400, 429),
            ("ServiceUnavailable", 503, 503),
            ("InternalError", 500, 500),
            ("InvalidTimeStamp.Expired", 400, 401),
            ("InvalidAccessKeyId.NotFound", 404, 401),
            ("SignatureDoesNotMatch", 403, 401),
            ("Forbidden.RAM", 403, 403),
            ("Product.Unsubscript", 400, 403),
            ("Unknown.ResourceOwnerId", 400, 400),
            ("InvalidApi.NotFound", 404, 400),
            ("MissingParameter", 400, 400),
            ("InvalidParameter.TemplateNameExist", 200, 400),
            ("DetailError.TemplateNotExist", 200, 404),
            ("DelError.TemplateNotExist", 400, 404),
            ("Something.New", 502, 502),
            ("Something.New", 429, 429),
            ("Something.New", 404, 400),
            ("Something.New", 200, 400),
        ];
        for (code, received, meant) in table {
            assert_eq!(status(code, received), meant, "{code}");
        }
    }

    #[test]
    fn errors_are_read_in_every_form() {
        let read = |body: Json| error_body(&body).to_string();
        assert_eq!(
            read(json!({"Code": "A.B", "Message": "no", "RequestId": "R"})),
            "no (code A.B, context id R)"
        );
        assert_eq!(
            read(json!({"code": "A", "message": "null", "description": "why", "requestId": "R"})),
            "why (code A, context id R)"
        );
        assert_eq!(
            read(json!("<Error><Code>A</Code><Message>no</Message></Error>")),
            "no (code A)"
        );
        let denied = json!({"Code": "Forbidden.RAM", "Message": "no.", "AccessDeniedDetail": {"AuthAction": "cams:X"}});
        assert_eq!(
            read(denied),
            "no. The action is cams:X. (code Forbidden.RAM)"
        );
    }

    #[test]
    fn limits_are_those_of_the_operation() {
        assert_eq!(limit("CreateChatappTemplate"), 50);
        assert_eq!(limit("UpdatePhoneWebhook"), 10);
        assert_eq!(limit("ListChatappTemplate"), 5);
    }
}
