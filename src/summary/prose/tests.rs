use super::*;

#[test]
fn rows_and_scores_are_no_prose() {
    for (sentence, expected) in [
        ("The council voted on Tuesday.", true),
        ("It fell.", false),
        ("Leeds 2 Hull 1", false),
        ("| Team | Won | Lost | and more words |", false),
        (
            "Arsenal beat Chelsea\nLeeds drew with Hull\nYork lost",
            false,
        ),
        (
            "The council met on Tuesday evening in the hall\nand put off the vote until the new \
             year because\nseveral of its members were away or ill.",
            true,
        ),
        ("Subscribe to our newsletter for daily updates!", false),
        ("Click here to subscribe to our newsletter!", false),
        ("Follow us on Facebook and Twitter.", false),
        ("Abonnez-vous à notre lettre du matin.", false),
        ("Subscribers to the newspaper left in droves.", true),
        ("Year to December 31, 1986.", false),
        ("President Barack Obama Visits Lenton.", true),
        ("Feuer Im Rathaus Lenton Gelöscht.", true),
        ("LEEDS BEAT HULL ON SATURDAY.", true),
        ("Sign up for our newsletter, and never miss a story.", false),
        ("Sign up rates doubled after the change.", true),
        ("Advertisement revenue fell by a third last year.", true),
        ("Photo: Anna Kim / Coastal Post", false),
        ("Here is what to know about the tunnel:", false),
        ("市议会周二决定将表决推迟到明年。", true),
        ("", false),
    ] {
        assert_eq!(is_prose(sentence), expected, "{sentence:?}");
    }
}

#[test]
fn quotation_marks_are_followed() {
    for (sentence, was_open, is_open, is_stray) in [
        ("He said: \"We will appeal.", false, true, false),
        ("It will take years.\"", true, false, false),
        ("\"We,\" she said, \"will appeal.\"", false, false, false),
        ("The 21\" pipe burst.", false, false, true),
        ("\"We will appeal.", true, true, false),
        ("„Wir gehen“, sagte er.", false, false, false),
        ("»Wir gehen«, sagte er.", false, false, false),
        ("« Nous partons », dit-il.", false, false, false),
        ("”Vi går”, sade hon.", false, false, false),
        ("No mark.", true, true, false),
    ] {
        let marks = Marks::after(was_open, sentence);
        assert_eq!(
            (marks.is_open, marks.is_stray),
            (is_open, is_stray),
            "{sentence:?}"
        );
    }
}

#[test]
fn a_quotation_without_a_speaker_leans() {
    for (sentence, expected) in [
        ("\"We will appeal.\"", true),
        ("“We will appeal”.", true),
        ("\"We will appeal,\" said Ms Nair.", false),
        ("\"We\", said Ms Nair, \"will appeal.\"", false),
        ("Ms Nair said: \"We will appeal.\"", false),
        ("\"We will appeal and see what the court makes of it.", true),
        ("", false),
    ] {
        assert_eq!(is_bare_quotation(sentence), expected, "{sentence:?}");
    }
}

#[test]
fn what_takes_up_something_is_known() {
    for (sentence, expected) in [
        ("The minister said the ban would stay.", true),
        ("But Ms Nair said the ban would stay.", true),
        ("The Marlow council voted on Tuesday.", false),
        ("The 12 members voted on Tuesday.", false),
        ("Ms Nair said the ban would stay.", false),
    ] {
        assert_eq!(
            takes_up(sentence, Language::English),
            expected,
            "{sentence:?}"
        );
    }
}

#[test]
fn what_points_out_of_its_sentence_leans() {
    for (sentence, expected) in [
        ("Such losses were common.", true),
        ("The other man was freed.", true),
        ("Companies echoed this sentiment.", true),
        ("Prices in this country rose by a tenth.", false),
        (
            "Prices rose this week, and in this year's budget they count.",
            false,
        ),
        ("There he met the crew.", true),
        ("There were no losses.", false),
        (
            "Banks hold deposits beyond cash accounts, and Ms Nair said these count too.",
            false,
        ),
    ] {
        assert_eq!(points_back(sentence), expected, "{sentence:?}");
    }
}
