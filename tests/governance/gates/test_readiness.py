def test_smoke(ready):
    review = ready.decided()
    assert review.status == "decided"
