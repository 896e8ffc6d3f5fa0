//! The part of `export!` that compressors, chunkers and read-modes share: a
//! list of what there is, and a call of one of them by its name.

/// Exports the transforms of one role. `export!` calls it.
#[doc(hidden)]
#[macro_export]
macro_rules! __export_transforms {
    (
        [$($one:ty),+], $module:ident, $interface:ident, $list:ident, $call:ident, $info:ident,
        $request:ident, $answer:ty, $trait:ident, $export:ident
    ) => {
        const _: () = {
            struct Component;

            impl $crate::bindings::$module::exports::ctx::extension::$interface::Guest for Component {
                fn $list() -> ::core::result::Result<
                    ::std::vec::Vec<$crate::$info>,
                    $crate::bindings::lent::ctx::extension::types::Error,
                > {
                    ::core::result::Result::Ok(::std::vec![$($crate::$module::info::<$one>()),+])
                }

                fn $call(request: $crate::$request) -> ::core::result::Result<
                    $answer,
                    $crate::bindings::lent::ctx::extension::types::Error,
                > {
                    $(
                        if request.name == <$one as $crate::$trait>::NAME {
                            return $crate::$module::answer::<$one>(request);
                        }
                    )+
                    ::core::result::Result::Err($crate::$module::unknown(&request.name))
                }
            }

            #[cfg(target_family = "wasm")]
            $crate::bindings::$module::$export!(Component with_types_in $crate::bindings::$module);

            #[cfg(not(target_family = "wasm"))]
            #[used]
            static CHECKED: fn() = || {
                use $crate::bindings::$module::exports::ctx::extension::$interface::Guest;
                let _ = (Component::$list, Component::$call);
            };
        };
    };
}
