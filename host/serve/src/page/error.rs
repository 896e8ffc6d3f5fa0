//! What went wrong, as a page: its status, code and help are those that
//! programs get.

use askama::Template;
use axum::extract::Request;
use axum::middleware::Next;
use axum::response::{IntoResponse as _, Redirect, Response};
use http::header::{ACCEPT, AUTHORIZATION, CONTENT_LENGTH, CONTENT_TYPE};
use http::{HeaderMap, Method, StatusCode};

use super::frame::Frame;
use super::html;
use crate::guard::Visitor;
use crate::problem::Problem;
use crate::rejection::Rejection;

#[derive(Template)]
#[template(path = "error.html")]
struct Page<'a> {
    frame: Frame,
    status: &'a str,
    problem: &'a Problem,
    wants_sign_in: bool,
}

/// Turns the problems of the page's routes into pages.
pub(super) async fn dressed(request: Request, next: Next) -> Response {
    let frame = Frame::new(request.extensions().get::<Visitor>().copied());
    dress(frame, next.run(request).await)
}

/// Turns a problem into a page.
pub(super) fn dress(frame: Frame, mut response: Response) -> Response {
    let Some(problem) = response.extensions_mut().remove::<Box<Problem>>() else {
        return response;
    };
    let (status, headers) = (response.status(), std::mem::take(response.headers_mut()));
    let mut page = page(status, frame, &problem);
    for (name, value) in headers {
        // Whatever it says of itself beside what it was made of.
        if let Some(name) = name.filter(|name| name != CONTENT_TYPE && name != CONTENT_LENGTH) {
            page.headers_mut().insert(name, value);
        }
    }
    page
}

/// Answers somebody whom the gate does not let in: people are shown a page, or
/// where to sign in, and programs are told a problem.
pub(crate) fn turned_away(method: &Method, headers: &HeaderMap, rejection: Rejection) -> Response {
    let accept = headers.get(ACCEPT).and_then(|value| value.to_str().ok()).unwrap_or_default();
    if !accept.contains("text/html") {
        return rejection.into_response();
    }
    let is_token_missing =
        rejection.status == StatusCode::UNAUTHORIZED && !headers.contains_key(AUTHORIZATION);
    if is_token_missing && (method == Method::GET || method == Method::HEAD) {
        return Redirect::to("/sign-in").into_response();
    }
    page(rejection.status, Frame::new(None), &rejection.problem)
}

fn page(status: StatusCode, frame: Frame, problem: &Problem) -> Response {
    let page = Page {
        frame,
        status: status.canonical_reason().unwrap_or("Error"),
        problem,
        wants_sign_in: status == StatusCode::UNAUTHORIZED,
    };
    html(status, &page)
}

#[cfg(test)]
mod tests {
    use http::HeaderValue;
    use http::header::LOCATION;

    use super::*;

    fn answer(method: &Method, headers: &[(http::HeaderName, &'static str)]) -> Response {
        let headers: HeaderMap = headers
            .iter()
            .map(|(name, value)| (name.clone(), HeaderValue::from_static(value)))
            .collect();
        let rejection = Rejection::new(StatusCode::UNAUTHORIZED, "ctx::http::token", "no token");
        turned_away(method, &headers, rejection)
    }

    #[test]
    fn people_without_a_token_are_led_to_where_they_sign_in() {
        let response = answer(&Method::GET, &[(ACCEPT, "text/html,*/*;q=0.8")]);
        assert_eq!(response.status(), StatusCode::SEE_OTHER);
        assert_eq!(response.headers()[LOCATION], "/sign-in");
    }

    #[test]
    fn a_form_without_a_token_is_answered_with_a_page() {
        let response = answer(&Method::POST, &[(ACCEPT, "text/html")]);
        assert_eq!(response.status(), StatusCode::UNAUTHORIZED);
        assert_eq!(response.headers()[CONTENT_TYPE], "text/html; charset=utf-8");
    }

    #[test]
    fn programs_are_told_a_problem() {
        for headers in [&[][..], &[(ACCEPT, "*/*")], &[(ACCEPT, "application/json")]] {
            let response = answer(&Method::GET, headers);
            assert_eq!(response.status(), StatusCode::UNAUTHORIZED);
            assert_eq!(response.headers()[CONTENT_TYPE], "application/problem+json");
        }
        let wrong = answer(&Method::GET, &[(ACCEPT, "text/html"), (AUTHORIZATION, "Bearer x")]);
        assert_eq!(wrong.status(), StatusCode::UNAUTHORIZED);
    }
}
