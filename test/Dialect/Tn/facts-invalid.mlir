// RUN: tenon-opt %s -split-input-file -verify-diagnostics

// expected-error @+1 {{'tn.facts' is not a dictionary of symbols: 4 : i64}}
module attributes {tn.facts = 4 : i64} {}

// -----

// expected-error @+1 {{'tn.facts' of 'batch': expected [min, max, multiple], three i64, got [1, 8]}}
module attributes {tn.facts = {batch = [1, 8]}} {}

// -----

// expected-error @+1 {{'tn.facts' of 'batch': expected [min, max, multiple], three i64, got "many"}}
module attributes {tn.facts = {batch = "many"}} {}

// -----

// expected-error @+1 {{'tn.facts' of 'batch': expected [min, max, multiple], three i64, got [1, 8, 1.000000e+00]}}
module attributes {tn.facts = {batch = [1, 8, 1.0]}} {}

// -----

// expected-error @+1 {{'tn.facts' of 'seq': expected [min, max, multiple], three i64, got [1 : i32, 8, 1]}}
module attributes {tn.facts = {batch = [1, 8, 1], seq = [1 : i32, 8, 1]}} {}

// -----

// expected-error @+1 {{'tn.facts' of 'batch': the multiple is 0, it must be at least 1}}
module attributes {tn.facts = {batch = [1, 8, 0]}} {}

// -----

// expected-error @+1 {{'tn.facts' of 'batch': no size from 9 to 15 is a multiple of 8 and not negative}}
module attributes {tn.facts = {batch = [9, 15, 8]}} {}

// -----

// expected-error @+1 {{'tn.facts' of 'batch': no size from -5 to -1 is a multiple of 1 and not negative}}
module attributes {tn.facts = {batch = [-5, -1, 1]}} {}

// -----

// expected-error @+1 {{has 'tn.facts', which belong to the module}}
func.func private @f() attributes {tn.facts = {batch = [1, 8, 1]}}
